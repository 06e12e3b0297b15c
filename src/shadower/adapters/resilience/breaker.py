"""A circuit breaker (Nygard, Release It!): ask a dependency that is down only now and then."""

from collections.abc import Callable
from time import monotonic


class Breaker:
    """
    Opens after `threshold` failures in a row; every `cooldown` seconds after that one caller may try.

    What counts as a failure is the caller's to say: being told no is an answer, being told nothing is a failure.
    """

    def __init__(self, *, threshold: int = 5, cooldown: float = 1.0, clock: Callable[[], float] = monotonic) -> None:
        """`cooldown` in seconds."""
        self._threshold = threshold
        self._cooldown = cooldown
        self._clock = clock
        self._failures = 0
        self._next_try = 0.0

    @property
    def is_open(self) -> bool:
        """Whether callers are turned away."""
        return self._failures >= self._threshold

    def may_try(self) -> bool:
        """Say no while open, but let one caller through when it is time to try again."""
        if not self.is_open:
            return True
        now = self._clock()
        if now < self._next_try:
            return False
        self._next_try = now + self._cooldown
        return True

    def failed(self) -> None:
        """The dependency did not answer."""
        self._failures += 1
        self._next_try = self._clock() + self._cooldown

    def answered(self) -> None:
        """The dependency answered: let everybody through."""
        self._failures = 0
