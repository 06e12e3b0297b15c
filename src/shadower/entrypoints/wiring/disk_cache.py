"""The cache in memory, and behind it on disk."""

from shadower.adapters.diskcache.tier import DiskTier
from shadower.adapters.tiered.cache import TieredCache
from shadower.adapters.tiered.hot import HotTier
from shadower.adapters.tiered.warm import WarmTier
from shadower.application.ports.cache import Cache
from shadower.application.ports.chance import Chance
from shadower.application.ports.clock import Clock
from shadower.entrypoints.settings import Settings
from shadower.entrypoints.wiring.memory_cache import MEGABYTE


def cache(settings: Settings, clock: Clock, chance: Chance) -> Cache:
    """Return it, in a folder of the data directory."""
    tier = DiskTier(settings.data_dir / "cache", settings.cache_warm_mb * MEGABYTE)
    hot = HotTier(settings.cache_hot_mb * MEGABYTE)
    return TieredCache(hot, WarmTier(tier), clock, chance)
