"""The cache in memory alone."""

from shadower.adapters.tiered.cache import TieredCache
from shadower.adapters.tiered.hot import HotTier
from shadower.application.ports.cache import Cache
from shadower.application.ports.chance import Chance
from shadower.application.ports.clock import Clock
from shadower.entrypoints.settings import Settings

MEGABYTE = 2**20


def cache(settings: Settings, clock: Clock, chance: Chance) -> Cache:
    """Return an empty cache."""
    return TieredCache(HotTier(settings.cache_hot_mb * MEGABYTE), None, clock, chance)
