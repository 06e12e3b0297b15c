"""Reading: everything one answer needs, from one instant of the store."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from shadower.application.ports.event_log import IntakeCount
from shadower.domain.errors import NotFound
from shadower.domain.events.event import Position, RecordedEvent, WorkspaceId
from shadower.domain.events.filters import NO_FILTERS, Filters
from shadower.domain.metrics.gaps import Shortfall
from shadower.domain.metrics.question import Aggregation, Tallies
from shadower.domain.retention.removed import Removed


class EventNotFound(NotFound):
    """The workspace has no event with this id."""

    code = "event_not_found"


class SessionNotFound(NotFound):
    """The workspace has no event of this session."""

    code = "session_not_found"


class Order(StrEnum):
    """Which end of time a list starts from."""

    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which events are wanted. Times in micros, half-open; all given must hold."""

    filters: Filters = field(default_factory=dict)
    start: int | None = None
    end: int | None = None
    ids: frozenset[str] = frozenset()
    """UUIDs, or ids that producers gave; empty for any."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a list ended: lists are ordered by (moment, position)."""

    moment: int
    position: int


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its events tell it, whatever the order they came in. Times in micros."""

    id: str
    started_at: int
    ended_at: int
    """When its last event occurred."""
    last_position: Position
    """Of that last event (the first event for lists from the oldest): the place in the list."""
    events: int
    executions: int
    failures: int
    users: Sequence[str]
    """Distinct, sorted by code points; the first ten."""
    agents: Sequence[str]
    """As users."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """The largest number for an id of each kind, 0 for none at all."""

    users: int = 0
    agents: int = 0
    sessions: int = 0


class Snapshot(Protocol):
    """One workspace at one instant: every call of one snapshot sees the same events."""

    as_of: int
    """Micros: everything acknowledged before this is seen."""
    position: Position
    """The head of the log at that instant."""
    shortfall: Shortfall | None
    """Why some tally told so far may be too small: None as long as every one of them is exact."""
    removed: Removed | None
    """What is known of the events removed from the workspace, None while there are none."""

    @abstractmethod
    async def tally(self, aggregation: Aggregation) -> Tallies:
        """
        Return the exact tallies, removed events included.

        Where removed events may have counted and only they could tell, what is left is tallied and `shortfall` is set.
        Raises QueryTimeout, StoreUnavailable.
        """

    @abstractmethod
    async def touched(self, after: Position, until: Position) -> Mapping[int, Position]:
        """
        Return the UTC hours (micros) in which the events with a position in (after, until] occurred.

        With it comes the greatest position of these events. Removed events are left out.
        """

    @abstractmethod
    async def marks(self, positions: Collection[Position]) -> Mapping[Position, str]:
        """
        Return, by position, a mark of how the event there came in, whoever's it is.

        Two logs that agree in it are one up to there: an event that is sent again, after the log had lost it, is marked
        anew. Positions that no event has (any longer, or yet) are left out.
        """

    @abstractmethod
    async def numbering(self, upto: Numbered) -> str | None:
        """
        Return a mark of how the numbers up to these were given: two stores that agree in it agree in what they mean.

        None when not all of them have been: they are numbers of this snapshot alone, of ids that have none yet, or of
        another store.
        """

    @abstractmethod
    async def extent(self) -> tuple[int, int] | None:
        """
        Return the earliest and latest `occurred_at` of the workspace, None when it never had an event.

        Removed events count.
        """

    @abstractmethod
    async def event(self, event_id: str) -> RecordedEvent:
        """Return the event with this UUID, or the newest one with this client id. Raises EventNotFound."""

    @abstractmethod
    async def events(
        self, criteria: Criteria, order: Order, limit: int, after: Place | None = None
    ) -> Sequence[RecordedEvent]:
        """Return up to `limit` events ordered by (occurred_at, position), beyond `after` in that order."""

    @abstractmethod
    async def arrivals(
        self, after: Position, until: Position, limit: int, filters: Filters = NO_FILTERS
    ) -> Sequence[RecordedEvent]:
        """Return the first `limit` events that pass, by position, of those after `after` and up to `until`."""

    @abstractmethod
    async def sessions(
        self, criteria: Criteria, order: Order, limit: int, after: Place | None = None
    ) -> Sequence[Session]:
        """
        Return up to `limit` sessions, newest by (ended_at, position of the last event) or oldest by (started_at, …).

        Kept are sessions with an event that has one of the ids and passes all the filters; `start`/`end` bound the end
        (newest) or start (oldest). What is told of a session covers all its events.
        """

    @abstractmethod
    async def session(self, session_id: str) -> Session:
        """Raises SessionNotFound."""

    @abstractmethod
    async def intake(self, since: int) -> Sequence[IntakeCount]:
        """Return the intake counts of minutes from `since` (micros) on, oldest first."""

    @abstractmethod
    async def last_intake(self) -> Sequence[IntakeCount]:
        """Return, per key and source, the newest intake of stored events (`events` holds their total)."""


class OpenSnapshot(Protocol):
    """Opens a snapshot. Raises StoreUnavailable."""

    def __call__(self, workspace: WorkspaceId) -> AbstractAsyncContextManager[Snapshot]:
        """Return the snapshot, open for as long as the context is."""
