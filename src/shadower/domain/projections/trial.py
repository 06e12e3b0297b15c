"""How many events are tried together, and when one is given up: the way to the one that a projection cannot take."""

from dataclasses import dataclass
from typing import Final

from shadower.domain.events.event import Position
from shadower.domain.growing_pause import growing_pause


@dataclass(frozen=True, slots=True)
class Patience:
    """How often the same events are tried before they are blamed. Waits in seconds."""

    tries: int = 4
    first_wait: float = 0.5
    longest_wait: float = 30.0

    def wait(self, failures: int) -> float:
        """Return how long to wait after so many failures in a row; each wait is twice the one before."""
        return growing_pause(failures - 1, self.first_wait, self.longest_wait) if failures else 0.0


USUAL: Final = Patience()


@dataclass(frozen=True, slots=True)
class Trial:
    """
    What is tried next.

    A batch that fails is tried again as it is. When that does not help, half of it is, and so on at once, until it is a
    single event, which is again tried more than once. All of this happens in the order of the log.
    """

    most: int
    """Events to be tried together."""
    failures: int = 0
    """Of these, in a row."""
    until: Position | None = None
    """While looking for the one: the last event of the batch in which it is."""

    def after_failure(self, tried: int, last: Position, patience: Patience) -> "Trial | None":
        """Return what to try after so many events have failed, of which `last` is the last; None to give it up."""
        failures = self.failures + 1
        if (tried == 1 or self.until is None) and failures < patience.tries:
            return Trial(tried, failures, self.until)
        if tried == 1:
            return None
        return Trial(tried // 2, until=last if self.until is None else self.until)

    def after_success(self, cursor: Position, batch: int) -> "Trial":
        """Return what to try once everything up to the cursor has been taken: small parts until the one is passed."""
        if self.until is None or cursor >= self.until:
            return Trial(batch)
        return Trial(self.most, until=self.until)
