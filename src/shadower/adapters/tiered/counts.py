"""Counts in memory, as long as no warm tier counts."""

from typing import Final

from shadower.adapters.tiered.hot import HotTier
from shadower.application.ports.clock import Clock
from shadower.domain.events.moments import SECOND

_COUNT: Final = "count:"


class Counts:
    """Kept with the values, so that they are bounded with them."""

    def __init__(self, hot: HotTier, clock: Clock) -> None:
        self._hot = hot
        self._clock = clock

    def increment(self, name: str, by: int, ttl: float) -> int:
        """Add to a count and return it."""
        now = self._clock.now()
        held = self._hot.find(_COUNT + name, now)
        count = by if held is None else int(held.value) + by
        until = now + round(ttl * SECOND) if held is None else held.expires_at
        self._hot.set(_COUNT + name, b"%d" % count, until)
        return count

    def delete(self, name: str) -> None:
        """Begin at 0 again."""
        self._hot.delete(_COUNT + name)
