"""How long a workspace keeps its events."""

from dataclasses import dataclass
from typing import Final

from shadower.domain.errors import Invalid
from shadower.domain.events.moments import DAY

LONGEST_TERM: Final = 36_500
"""Days: a hundred years."""


class RetentionDaysInvalid(Invalid):
    """A term is 1 to 36,500 days, or for ever."""

    code = "retention_days_invalid"


@dataclass(frozen=True, slots=True)
class Term:
    """So many days from the moment the server received an event; None is for ever. Raises RetentionDaysInvalid."""

    days: int | None = None

    def __post_init__(self) -> None:
        if self.days is not None and not 1 <= self.days <= LONGEST_TERM:
            raise RetentionDaysInvalid(
                f"retention_days must be 1 to {LONGEST_TERM:,}, or null to keep events for ever, not {self.days}",
                field="retention_days",
            )

    def cutoff(self, now: int) -> int | None:
        """Return the instant (micros) such that events received before it have had their term; None when none ever."""
        return None if self.days is None else now - self.days * DAY


FOREVER: Final = Term()
