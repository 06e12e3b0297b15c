"""What is known of the events that retention has removed from a workspace."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Removed:
    """All of them together. Times in micros."""

    events: int
    received_before: int
    """The server received each of them before this, and has kept every event received since."""
    first: int
    """When the earliest of them occurred."""
    last: int
    """When the latest of them occurred."""

    def extent(self, kept: tuple[int, int] | None) -> tuple[int, int]:
        """Return when the earliest and the latest of all events occurred; `kept` says it of those still there."""
        return (self.first, self.last) if kept is None else (min(self.first, kept[0]), max(self.last, kept[1]))
