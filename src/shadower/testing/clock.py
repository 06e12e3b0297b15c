"""A clock for tests."""

from shadower.application.ports.clock import Clock
from shadower.testing.builders import NOW


class HandClock(Clock):
    """Stands still until it is moved by hand. Times in micros."""

    def __init__(self, now: int = NOW) -> None:
        self._now = now

    def now(self) -> int:
        return self._now

    def move(self, by: int) -> None:
        """Move on, or back."""
        self._now += by
