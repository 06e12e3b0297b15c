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
    """Return the ids of the events at these positions."""
    statement = select(events.c.position, events.c.id).where(events.c.position.in_(positions))
    return {Position(position): str(found) for position, found in (await connection.execute(statement)).all()}


async def numbered(connection: AsyncConnection, workspace: WorkspaceId) -> Numbered:
    """Return the largest numbers: they are given in rising order, each seen by everybody once the next is."""
    largest = (
        select(literal(int(kind)), func.max(names.c.number)).where(
            names.c.workspace_id == workspace, names.c.kind == int(kind)
        )
        for kind in (Kind.USER, Kind.AGENT, Kind.SESSION)
    )
    found = {kind: number or MISSING for kind, number in (await connection.execute(union_all(*largest))).all()}
    return Numbered(found[Kind.USER], found[Kind.AGENT], found[Kind.SESSION])
