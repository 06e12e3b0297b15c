"""What tells whether something that was counted earlier is still true."""

from collections.abc import Collection, Mapping

from sqlalchemy import BigInteger, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.matching import by_position
from shadower.adapters.sql.names import MISSING, Kind
from shadower.adapters.sql.schema import events, names
from shadower.application.ports.snapshot import Numbered
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.events.moments import HOUR


async def touched(
    connection: AsyncConnection, workspace: WorkspaceId, after: Position, until: Position
) -> Mapping[int, Position]:
    """Return the UTC hours of the events with these positions, with the greatest position in each."""
    if after >= until:
        return {}
    hour = (events.c.occurred_at // literal(HOUR, BigInteger)).label("hour")
    chosen = (
        select(hour, events.c.position)
        .where(by_position(workspace), events.c.position > after, events.c.position <= until)
        .subquery()
    )
    statement = select(chosen.c.hour, func.max(chosen.c.position)).group_by(chosen.c.hour)
    return {number * HOUR: Position(last) for number, last in (await connection.execute(statement)).all()}


async def marks(connection: AsyncConnection, positions: Collection[Position]) -> Mapping[Position, str]:
    """Return the ids of the events at these positions, with when they came in."""
    statement = select(events.c.position, events.c.id, events.c.received_at).where(events.c.position.in_(positions))
    return {Position(at): f"{found} {received_at}" for at, found, received_at in await connection.execute(statement)}


async def numbering(connection: AsyncConnection, workspace: WorkspaceId, upto: Numbered) -> str | None:
    """Return the marks of these numbers, None unless there are all: numbers are given in rising order."""
    largest = {Kind.USER: upto.users, Kind.AGENT: upto.agents, Kind.SESSION: upto.sessions}
    wanted = [
        select(names.c.kind, names.c.mark).where(
            names.c.workspace_id == workspace, names.c.kind == int(kind), names.c.number == number
        )
        for kind, number in largest.items()
        if number != MISSING
    ]
    if not wanted:
        return ""
    found = sorted((await connection.execute(union_all(*wanted))).all())
    return " ".join(f"{kind}:{mark}" for kind, mark in found) if len(found) == len(wanted) else None
