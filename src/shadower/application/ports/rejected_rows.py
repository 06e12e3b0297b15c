"""Where the rows go that became no event, for a person to look at and mend."""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from shadower.domain.errors import Conflict
from shadower.domain.events.event import Outcome


class RejectedRowsMisplaced(Conflict):
    """The place is taken by something else."""

    code = "rejected_rows_misplaced"


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was not stored, and why."""

    row: int
    outcome: Outcome
    """Rejected or conflict."""
    code: str
    field: str | None
    message: str
    text: str
    """The row as it stands in the file."""


class RejectedRows(Protocol):
    """A list that grows at its end."""

    @abstractmethod
    def put(self, rows: Iterable[RejectedRow]) -> int:
        """Add the rows and return the mark of the new end. Kept on return."""

    @abstractmethod
    def rewind(self, mark: int) -> None:
        """Drop what was added after this mark; 0 is the beginning. Raises RejectedRowsMisplaced."""
