"""One workspace at one instant: everything read on one connection, inside one read-only transaction."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql import log_marks
from shadower.adapters.sql.database import Database
from shadower.adapters.sql.explorer import SqlExplorer
from shadower.adapters.sql.page_store import SEALED
from shadower.adapters.sql.page_tally import PageTally
from shadower.adapters.sql.raw_tally import RawTally, Strangers
from shadower.adapters.sql.retained_tally import RetainedTally
from shadower.adapters.sql.schema import arrivals, intake, log_head, projections, removed
from shadower.application.ports.clock import Clock
from shadower.application.ports.event_log import IntakeCount
from shadower.application.ports.snapshot import Criteria, Numbered, OpenSnapshot, Order, Place, Session, Snapshot
from shadower.domain.events.event import Outcome, Position, RecordedEvent, WorkspaceId
from shadower.domain.events.filters import NO_FILTERS, Filters
from shadower.domain.events.moments import MINUTE
from shadower.domain.keys.key import KeyId
from shadower.domain.metrics.gaps import Shortfall
from shadower.domain.metrics.question import Aggregation, Tallies
from shadower.domain.retention.removed import Removed

ROLLUPS = "rollups"
"""The projection whose pages answer most questions."""


class SqlSnapshot(Snapshot):
    """Reads through the transaction it was opened with."""

    def __init__(
        self,
        connection: AsyncConnection,
        workspace: WorkspaceId,
        as_of: int,
        position: Position,
        pages: PageTally,
        retained: RetainedTally | None,
    ) -> None:
        """`retained` once events of the workspace have been removed."""
        self.as_of = as_of
        self.position = position
        self.shortfall: Shortfall | None = None
        self.removed: Removed | None = None if retained is None else retained.removed
        self._connection = connection
        self._workspace = workspace
        self._pages = pages
        self._retained = retained
        self._explorer = SqlExplorer(connection, workspace)

    async def tally(self, aggregation: Aggregation) -> Tallies:
        """See the port."""
        if self._retained is None:
            return await self._pages(aggregation)
        tallies, shortfall = await self._retained(aggregation, await self._explorer.extent())
        self.shortfall = self.shortfall or shortfall
        return tallies

    async def touched(self, after: Position, until: Position) -> Mapping[int, Position]:
        """See the port."""
        return await log_marks.touched(self._connection, self._workspace, after, until)

    async def marks(self, positions: Collection[Position]) -> Mapping[Position, str]:
        """See the port."""
        return await log_marks.marks(self._connection, positions)

    async def numbering(self, upto: Numbered) -> str | None:
        """See the port."""
        return await log_marks.numbering(self._connection, self._workspace, upto)

    async def extent(self) -> tuple[int, int] | None:
        """See the port."""
        kept = await self._explorer.extent()
        return kept if self.removed is None else self.removed.extent(kept)

    async def event(self, event_id: str) -> RecordedEvent:
        """See the port."""
        return await self._explorer.event(event_id)

    async def events(
        self, criteria: Criteria, order: Order, limit: int, after: Place | None = None
    ) -> Sequence[RecordedEvent]:
        """See the port."""
        return await self._explorer.events(criteria, order, limit, after)

    async def arrivals(
        self, after: Position, until: Position, limit: int, filters: Filters = NO_FILTERS
    ) -> Sequence[RecordedEvent]:
        """See the port."""
        return await self._explorer.arrivals(after, until, limit, filters)

    async def sessions(
        self, criteria: Criteria, order: Order, limit: int, after: Place | None = None
    ) -> Sequence[Session]:
        """See the port."""
        return await self._explorer.sessions(criteria, order, limit, after)

    async def session(self, session_id: str) -> Session:
        """See the port."""
        return await self._explorer.session(session_id)

    async def intake(self, since: int) -> Sequence[IntakeCount]:
        """See the port."""
        statement = (
            select(intake)
            .where(intake.c.workspace_id == self._workspace, intake.c.minute >= since)
            .order_by(intake.c.minute, intake.c.key_id, intake.c.source, intake.c.outcome, intake.c.code)
        )
        return [
            IntakeCount(
                row.minute,
                KeyId(row.key_id) if row.key_id else None,
                row.source,
                Outcome(row.outcome),
                row.code,
                row.events,
                row.last_at,
            )
            for row in (await self._connection.execute(statement)).all()
        ]

    async def last_intake(self) -> Sequence[IntakeCount]:
        """See the port."""
        statement = select(arrivals).where(arrivals.c.workspace_id == self._workspace)
        rows = (await self._connection.execute(statement.order_by(arrivals.c.key_id, arrivals.c.source))).all()
        return [
            IntakeCount(
                row.last_at - row.last_at % MINUTE,
                KeyId(row.key_id) if row.key_id else None,
                row.source,
                Outcome.STORED,
                "",
                row.events,
                row.last_at,
            )
            for row in rows
        ]


class SqlOpenSnapshot(OpenSnapshot):
    """Opens read-only transactions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @asynccontextmanager
    async def __call__(self, workspace: WorkspaceId) -> AsyncIterator[SqlSnapshot]:
        """See the port."""
        async with self._database.reading() as connection:
            as_of = self._clock.now()
            state = (await connection.execute(_state_of(workspace))).one()
            raw = RawTally(connection, workspace, Strangers({}))
            pages = PageTally(connection, workspace, raw, state.generation, state.cursor, state.position)
            retained = None
            if state.events is not None:
                sealed = PageTally(connection, workspace, raw, SEALED, state.cursor, state.position)
                gone = Removed(state.events, state.received_before, state.first_at, state.last_at)
                retained = RetainedTally(connection, workspace, pages, sealed, gone)
            yield SqlSnapshot(connection, workspace, as_of, Position(state.position), pages, retained)


def _state_of(workspace: WorkspaceId) -> Select[Any]:
    """Select the head of the log, how far the rollups are, and what has been removed: what every answer begins with."""
    rollups, mine = projections.c.name == ROLLUPS, removed.c.workspace_id == workspace
    gone = (removed.c.events, removed.c.received_before, removed.c.first_at, removed.c.last_at)
    return select(log_head.c.position, projections.c.generation, projections.c.cursor, *gone).select_from(
        log_head.join(projections, rollups).outerjoin(removed, mine)
    )
