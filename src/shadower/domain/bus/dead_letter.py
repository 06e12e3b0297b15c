"""An event that a handler could not handle, kept until somebody has it handled again or drops it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, Self

from shadower.domain.errors import NotFound, ShadowerError
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.projections.set_aside import said_of
from shadower.domain.storable import storable

DeadLetterId = NewType("DeadLetterId", int)

LONGEST_ERROR = 100
LONGEST_MESSAGE = 1000


class DeadLetterNotFound(NotFound):
    """The workspace has no such dead letter."""

    code = "dead_letter_not_found"


class LetterState(StrEnum):
    """What happens to it next."""

    OPEN = "open"
    """Nothing, until somebody decides."""
    REPLAYING = "replaying"
    """Its handler gets the event again as soon as it can."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a handler did not handle an event."""

    error: str
    """The code of one of our errors, the class of any other."""
    message: str
    """Our own message, or what it was and where; the log has all of it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "error", storable(self.error, LONGEST_ERROR))
        object.__setattr__(self, "message", storable(self.message, LONGEST_MESSAGE))

    @classmethod
    def of(cls, error: Exception) -> Self:
        """Return what went wrong in words."""
        return cls(error.code if isinstance(error, ShadowerError) else type(error).__name__, said_of(error))


@dataclass(frozen=True, slots=True)
class UnhandledEvent:
    """An event on its way to the dead letters. The event itself stays where it is: in the log."""

    group: str
    workspace: WorkspaceId
    position: Position
    event_id: str
    type: str
    failure: Failure
    attempts: int
    """How often its handler has tried."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An unhandled event at rest. Times in micros."""

    id: DeadLetterId
    group: str
    workspace: WorkspaceId
    position: Position
    event_id: str
    type: str
    failure: Failure
    """The last one."""
    attempts: int
    """In all, those of replays included."""
    first_failed_at: int
    last_failed_at: int
    state: LetterState = LetterState.OPEN
