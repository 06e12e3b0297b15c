"""The cache in memory, and behind it in Redis."""

from shadower.adapters.redis.cache_tier import RedisTier
from shadower.adapters.tiered.cache import TieredCache
from shadower.adapters.tiered.hot import HotTier
from shadower.adapters.tiered.warm import WarmTier
from shadower.application.ports.cache import Cache
from shadower.application.ports.chance import Chance
from shadower.application.ports.clock import Clock
from shadower.entrypoints.settings import Settings
from shadower.entrypoints.wiring.memory_cache import MEGABYTE


def cache(settings: Settings, clock: Clock, chance: Chance) -> Cache:
    """Return it, on the server that the settings name."""
    tier = RedisTier(settings.redis_url or "")
    hot = HotTier(settings.cache_hot_mb * MEGABYTE)
    return TieredCache(hot, WarmTier(tier), clock, chance, patience=settings.statement_timeout)
