"""The log: the one truth. Everything else can be thrown away and rebuilt from it."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from shadower.domain.events.event import Event, Outcome, Position, RecordedEvent, WorkspaceId
from shadower.domain.keys.key import KeyId
from shadower.domain.quarantine.entry import RefusedEvent


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request brings: admitted events, and those to be quarantined with it."""

    workspace: WorkspaceId
    received_at: int
    """Micros, by the server's clock."""
    events: Sequence[Event]
    sent: Callable[[int], bytes]
    """`sent(i)` returns the bytes of `events[i]` as they came; asked for only when it conflicts."""
    refused: Sequence[RefusedEvent] = ()
    key: KeyId | None = None
    keep_conflicts: bool = True
    """Whether conflicts enter the quarantine; not those of a replay, which are there already."""


class EventLog(Protocol):
    """An append-only sequence of events, numbered 1, 2, 3… in the order in which they became visible."""

    @abstractmethod
    async def append(self, batches: Sequence[Batch]) -> Sequence[Sequence[Outcome]]:
        """
        Decide and record every event of every batch, all or nothing, durable on return.

        For each event, in the order sent: `stored`, `duplicate` (its (workspace, id) is there with the same
        fingerprint) or `conflict` (with another). Repeats within the call are decided in order. Conflicts (of
        batches that keep them) and refused events enter the quarantine in the same transaction; intake counts too.

        Raises StoreUnavailable when the outcome is unknown or nothing was written; sending the same again is safe.
        """

    @abstractmethod
    async def head(self) -> Position:
        """Return the position of the newest visible event, 0 when there is none."""

    @abstractmethod
    async def read(self, after: Position, limit: int) -> Sequence[RecordedEvent]:
        """
        Return up to `limit` events with greater positions, in order, across workspaces.

        Commit-safe: an event that becomes visible later never has a position at or before one already returned. So a
        reader that keeps the last position it saw misses none.
        """

    @abstractmethod
    async def wait(self, after: Position, within: float) -> Position:
        """Return the head as soon as it is past `after`, or after `within` seconds whatever it is."""


@dataclass(frozen=True, slots=True)
class IntakeCount:
    """How many events of one kind came in one minute."""

    minute: int
    """Micros, the start of the minute."""
    key: KeyId | None
    source: str
    """Empty for refused events that named none."""
    outcome: Outcome
    code: str
    """Of the rejection or conflict; empty for other outcomes."""
    events: int
    last_at: int
    """Micros."""
