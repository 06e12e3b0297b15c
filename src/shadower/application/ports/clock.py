"""Time, from outside."""

from abc import abstractmethod
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    @abstractmethod
    def now(self) -> int:
        """Return the present in micros (UTC). May step back when the machine's clock is set."""
