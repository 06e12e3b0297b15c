"""Refused events, kept as they were sent until somebody mends or drops them."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import NewType

from shadower.domain.errors import Conflict, Invalid, NotFound, Unavailable
from shadower.domain.events.admission import LONGEST_SOURCE
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.rejection import Rejection
from shadower.domain.storable import storable

EntryId = NewType("EntryId", int)

LONGEST_FIELD = 255
LONGEST_MESSAGE = 1000


class QuarantineEntryNotFound(NotFound):
    """The workspace has no such entry."""

    code = "quarantine_entry_not_found"


class QuarantineEntryReplayed(Conflict):
    """The entry has left the quarantine already."""

    code = "quarantine_entry_replayed"


class QuarantineEntryUncorrectable(Invalid):
    """The event is in the log already, where nothing changes."""

    code = "quarantine_entry_uncorrectable"


class QuarantineFull(Unavailable):
    """A projection waits until there is room for what it cannot take."""

    code = "quarantine_full"


class EntryState(StrEnum):
    """Whether somebody still has to look at it."""

    OPEN = "open"
    REPLAYED = "replayed"


@dataclass(frozen=True, slots=True)
class RefusedEvent:
    """
    One refused event on its way into the quarantine.

    What is said about it may quote it, and what it quotes may be anything: NUL characters and lone surrogates become
    U+FFFD, and a long text is cut. The bytes stay as they are.
    """

    rejection: Rejection
    sent: bytes
    """As it came."""
    source: str | None = None
    projection: str | None = None
    """The projection that could not take it; the event itself is in the log."""

    def __post_init__(self) -> None:
        said = self.rejection
        plain = Rejection(said.code, storable(said.field, LONGEST_FIELD), storable(said.message, LONGEST_MESSAGE))
        object.__setattr__(self, "rejection", plain)
        object.__setattr__(self, "source", storable(self.source, LONGEST_SOURCE))

    @property
    def digest(self) -> bytes:
        """Repeats of the same bytes and code, for the same projection if any, collapse into one entry under this."""
        whose = b"" if self.projection is None else self.projection.encode() + b"\0"
        return sha256(whose + self.rejection.code.encode() + b"\0" + self.sent).digest()


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """A refused event at rest. Times in micros."""

    id: EntryId
    workspace: WorkspaceId
    rejection: Rejection
    sent: bytes
    source: str | None
    count: int
    """How often these bytes came with this fault."""
    first_seen_at: int
    last_seen_at: int
    state: EntryState = EntryState.OPEN
    replayed_at: int | None = None
    replayed_as: str | None = None
    """The id of the event that a replay stored."""
    projection: str | None = None
    """The projection that could not take it; None for an event that is not in the log."""


@dataclass(frozen=True, slots=True)
class QuarantineSize:
    """How full a workspace's quarantine is."""

    entries: int
    bytes: int
    overflowed: int
    """Refused events whose bytes were not kept because the quarantine was full."""

    @property
    def alarm(self) -> bool:
        """Whether somebody should look, and make room."""
        return self.overflowed > 0
