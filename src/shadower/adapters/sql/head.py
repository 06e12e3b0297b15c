"""How far the log has come, and what is beyond a position of it."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.schema import events, log_head


async def head_of_log(connection: AsyncConnection) -> int:
    """Return the position of the newest event, 0 when there is none."""
    return int(await connection.scalar(select(log_head.c.position)) or 0)


async def oldest_after(connection: AsyncConnection, position: int, head: int) -> int | None:
    """Return when the first event beyond the position was received, in micros; None when there is none."""
    if position >= head:
        return None
    first = select(func.min(events.c.position)).where(events.c.position > position).scalar_subquery()
    oldest: int | None = await connection.scalar(select(events.c.received_at).where(events.c.position == first))
    return oldest
