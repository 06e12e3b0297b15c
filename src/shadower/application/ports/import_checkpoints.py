"""Where an import remembers how far it came."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from shadower.domain.errors import Invalid


class CheckpointUnreadable(Invalid):
    """What is kept is no checkpoint of this version."""

    code = "checkpoint_unreadable"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is known about a file that was imported, wholly or in part."""

    plan: Mapping[str, str]
    """How its rows were made into events."""
    rows: int
    """How many rows, from the first, were decided."""
    digest: str
    """Stands for the header and these rows."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Outcome → how many of these rows."""
    set_aside: int = 0
    """The mark of the rows set aside (RejectedRows) that belongs to it."""


class ImportCheckpoints(Protocol):
    """The checkpoint of one source in one workspace of one store."""

    @abstractmethod
    def find(self) -> Checkpoint | None:
        """Return what was saved last. Raises CheckpointUnreadable."""

    @abstractmethod
    def save(self, checkpoint: Checkpoint) -> None:
        """Replace it: whatever happens meanwhile, afterwards there is the old one or the new one, whole."""
