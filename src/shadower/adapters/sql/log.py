"""The log in SQL: what both dialects do alike. How an append writes is each one's own."""

from abc import abstractmethod
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.database import Database
from shadower.adapters.sql.head import head_of_log
from shadower.adapters.sql.rows import recorded, select_events
from shadower.adapters.sql.schema import events, log_head
from shadower.adapters.sql.side_tables import count_intake, keep_refused
from shadower.adapters.sql.sorting import Sorted, intake_counts
from shadower.adapters.sql.waiting import Growth
from shadower.application.ports.event_log import Batch, EventLog
from shadower.domain.events.event import Outcome, Position, RecordedEvent


class SqlEventLog(EventLog):
    """Reads the log, and finishes what a dialect's `append` began."""

    def __init__(self, database: Database, *, quarantine_limit: int) -> None:
        """`quarantine_limit`: bytes kept per workspace."""
        self._database = database
        self._quarantine_limit = quarantine_limit
        self._growth = Growth()

    @abstractmethod
    async def append(self, batches: Sequence[Batch]) -> Sequence[Sequence[Outcome]]:
        """See the port."""

    async def head(self) -> Position:
        """See the port."""
        async with self._database.reading() as connection:
            return Position(await head_of_log(connection))

    async def read(self, after: Position, limit: int) -> Sequence[RecordedEvent]:
        """See the port."""
        statement = select_events().where(events.c.position > after).order_by(events.c.position).limit(limit)
        async with self._database.reading() as connection:
            return [recorded(row) for row in (await connection.execute(statement)).all()]

    async def wait(self, after: Position, within: float) -> Position:
        """See the port."""
        return Position(await self._growth.wait(self.head, after, within))

    async def _move_head(self, connection: AsyncConnection, to: int) -> None:
        """Set the position of the newest event."""
        await connection.execute(log_head.update().values(position=to))

    async def _finish(self, connection: AsyncConnection, head: int, batches: Sequence[Batch], result: Sorted) -> None:
        """Move the head past what was stored, and write what stands beside the events."""
        if result.new:
            await self._move_head(connection, head + len(result.new))
        if result.refused:
            await keep_refused(connection, result.refused, self._quarantine_limit)
        await count_intake(connection, intake_counts(batches, result.outcomes))
