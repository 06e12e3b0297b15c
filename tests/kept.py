"""A store whose answers are kept, beside the same without."""

from shadower.adapters.rollups.kept import MsgspecTallyCodec
from shadower.adapters.tiered.cache import TieredCache
from shadower.adapters.tiered.hot import HotTier
from shadower.adapters.tiered.warm import WarmTier
from shadower.application.kept.kept_snapshot import Means, OpenKeptSnapshot
from shadower.application.kept.touches import Touches
from shadower.application.ports.cache import Cache
from shadower.application.ports.cache_tier import CacheTier
from shadower.application.ports.chance import Chance
from shadower.application.ports.clock import Clock
from shadower.application.ports.snapshot import OpenSnapshot


class NoChance(Chance):
    """Throws nothing but 0."""

    def fraction(self) -> float:
        return 0.0


def cache_of(clock: Clock, tier: CacheTier | None, limit: int = 2**24) -> TieredCache:
    """A cache with so many bytes in memory, and perhaps another tier behind it."""
    return TieredCache(HotTier(limit), None if tier is None else WarmTier(tier), clock, NoChance())


def keeping(snapshot: OpenSnapshot, cache: Cache) -> OpenKeptSnapshot:
    """The same snapshots, keeping what is over, as a process does that has just begun."""
    return OpenKeptSnapshot(snapshot, Means(cache, Touches(), MsgspecTallyCodec()))
