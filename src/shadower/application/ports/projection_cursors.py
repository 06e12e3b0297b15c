"""The durable cursors of projections, and who may move them."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shadower.domain.events.event import Position
from shadower.domain.events.moments import since
from shadower.domain.projections.lease import Lease, ProjectionState


@dataclass(frozen=True, slots=True)
class ProjectionStatus:
    """How far a projection has come, and how it is doing. Times in micros."""

    name: str
    generation: int
    cursor: int
    """Position of the last event it has taken in."""
    head: int
    moved_at: int | None
    """When its cursor last moved."""
    oldest_waiting_at: int | None
    """When the oldest event it has not taken in was received."""
    state: ProjectionState = ProjectionState.RUNNING
    owner: str | None = None
    """Who runs it; None when no lease is in force."""
    failures: int = 0
    """Steps in a row that failed."""
    last_error: str | None = None
    """What went wrong last, even if all is well by now. For everybody's eyes: it names no event and quotes none."""
    last_error_at: int | None = None
    set_aside: int = 0
    """Events it could not take that wait in the quarantine."""

    @property
    def lag(self) -> int:
        """How many events it is behind."""
        return max(0, self.head - self.cursor)

    def waits(self, now: int) -> int | None:
        """Return how long (micros) the oldest event waits that it has not taken in; None when there is none."""
        return since(self.oldest_waiting_at, now)


class Projections(Protocol):
    """
    One row for each projection.

    Leases run out by the store's own clock, so the clocks of runners need not agree. What takes a lease raises
    LeaseLost when its token is not the newest. What takes a name raises ProjectionNotFound when there is no such row.
    """

    @abstractmethod
    async def statuses(self, names: Sequence[str]) -> Sequence[ProjectionStatus]:
        """Return how each of these is doing, in this order; one without a row has not begun."""

    @abstractmethod
    async def names(self) -> Sequence[str]:
        """Return the names of all rows, those of no registered projection included, but for rebuilds under way."""

    @abstractmethod
    async def register(self, name: str, *, history: bool) -> None:
        """Make the row, unless it is there: at the beginning of the log, or without `history` at its head."""

    @abstractmethod
    async def free(self, names: Sequence[str]) -> Sequence[str]:
        """Return those that are not paused and of which nobody has a lease in force, as far as can be seen now."""

    @abstractmethod
    async def acquire(self, name: str, owner: str, seconds: float) -> tuple[Lease, Position] | None:
        """
        Take the lease for so long; returns it and the cursor.

        None when it is paused, or somebody has a lease in force.
        """

    @abstractmethod
    async def renew(self, leases: Sequence[Lease], seconds: float) -> Sequence[Lease]:
        """Prolong the leases, even some that have run out; returns those that are lost."""

    @abstractmethod
    async def release(self, lease: Lease) -> None:
        """Give the lease back before it runs out; nothing happens when it is lost."""

    @abstractmethod
    async def check(self, lease: Lease) -> None:
        """
        Begin a step: raise LeaseLost unless the lease is the newest.

        From then on this unit of work may not rest longer than a lease lasts: where others would have to wait for its
        locks, the store ends it, so that a runner frozen in the middle keeps nobody out.
        """

    @abstractmethod
    async def move(self, lease: Lease, since: Position, to: Position, at: int) -> None:
        """
        Move the cursor on, and set the failures to none. The row is locked until the unit of work ends.

        Raises LeaseLost too when the cursor is not at `since`: a commit whose answer was lost has moved it already.
        """

    @abstractmethod
    async def note_failure(self, lease: Lease, failures: int, said: str, at: int) -> None:
        """Remember what went wrong."""

    @abstractmethod
    async def lock(self, name: str) -> None:
        """Keep everybody else from moving this projection until the unit of work ends."""

    @abstractmethod
    async def rewind(self, name: str, to: Position) -> None:
        """Set the cursor and end the lease in force: whoever runs it begins again from there."""

    @abstractmethod
    async def pause(self, name: str) -> None:
        """End the lease in force and let nobody acquire another. From the commit on nothing moves."""

    @abstractmethod
    async def resume(self, name: str) -> None:
        """Let it be run again."""
