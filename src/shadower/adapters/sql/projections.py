"""The durable cursors in SQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.schema import events, log_head, projections
from shadower.application.ports.work import Projections, ProjectionStatus

REBUILDING: Final = "rollups.rebuild"
"""The projection that fills a new generation of rollups beside the one in use. Nobody is answered from it."""


class SqlProjections(Projections):
    """Rows of `projections`, held against the head of the log."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def statuses(self) -> Sequence[ProjectionStatus]:
        """See the port."""
        head = int(await self._connection.scalar(select(log_head.c.position)) or 0)
        in_use = select(projections).where(projections.c.name != REBUILDING).order_by(projections.c.name)
        rows = (await self._connection.execute(in_use)).all()
        return [
            ProjectionStatus(
                row.name, row.generation, row.cursor, head, row.moved_at, await self._oldest_after(row.cursor, head)
            )
            for row in rows
        ]

    async def _oldest_after(self, cursor: int, head: int) -> int | None:
        if cursor >= head:
            return None
        first = select(func.min(events.c.position)).where(events.c.position > cursor).scalar_subquery()
        oldest: int | None = await self._connection.scalar(
            select(events.c.received_at).where(events.c.position == first)
        )
        return oldest
