"""Refused events, kept as they were sent until somebody mends or drops them."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import NewType

from shadower.domain.errors import Conflict, NotFound
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.rejection import Rejection

EntryId = NewType("EntryId", int)


class QuarantineEntryNotFound(NotFound):
    """The workspace has no such entry."""

    code = "quarantine_entry_not_found"


class QuarantineEntryReplayed(Conflict):
    """The entry has left the quarantine already."""

    code = "quarantine_entry_replayed"


class EntryState(StrEnum):
    """Whether somebody still has to look at it."""

    OPEN = "open"
    REPLAYED = "replayed"


@dataclass(frozen=True, slots=True)
class RefusedEvent:
    """One refused event on its way into the quarantine."""

    rejection: Rejection
    sent: bytes
    """As it came."""
    source: str | None = None

    @property
    def digest(self) -> bytes:
        """Repeats of the same bytes and code collapse into one entry under this."""
        return sha256(self.rejection.code.encode() + b"\0" + self.sent).digest()


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


@dataclass(frozen=True, slots=True)
class QuarantineSize:
    """How full a workspace's quarantine is."""

    entries: int
    bytes: int
    overflowed: int
    """Refused events whose bytes were not kept because the quarantine was full; above zero is an alarm."""
