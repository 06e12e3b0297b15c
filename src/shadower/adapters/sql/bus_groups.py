"""The consumer groups in SQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.head import head_of_log, oldest_after
from shadower.adapters.sql.leases import bound_rest, store_time
from shadower.adapters.sql.schema import bus_groups, dead_letters
from shadower.adapters.sql.upsert import insert_into
from shadower.application.ports.bus_groups import BusGroups
from shadower.domain.bus.group import (
    OUTSIDE,
    BusGroup,
    BusGroupInUse,
    BusGroupLost,
    BusGroupNotFound,
    BusGroupTaken,
    GroupLease,
    GroupPlace,
    check_group,
)
from shadower.domain.events.event import Position
from shadower.domain.events.moments import SECOND

_column = bus_groups.c


class SqlBusGroups(BusGroups):
    """Rows of `bus_groups`, held against the head of the log."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def join(self, group: str, after: Position, at: int, *, outside: bool = False) -> None:
        """See the port. Tokens begin with the time: one that was removed and joins again must not give any twice."""
        now = store_time(self._connection)
        values = {"name": check_group(group), "acknowledged": after, "moved_at": at, "outside": outside}
        statement = insert_into(self._connection, bus_groups).values(values | {"token": now, "incarnation": now})
        found = None
        while found is None:  # one that was in the way may be gone when it is looked at
            await self._connection.execute(statement.on_conflict_do_nothing())
            found = await self._connection.scalar(select(_column.outside).where(_column.name == group))
        if found is not outside:
            raise BusGroupTaken.of(group, outside=outside)

    async def places(self) -> Mapping[str, GroupPlace]:
        """See the port."""
        rows = await self._connection.execute(select(_column.name, _column.acknowledged, _column.incarnation))
        return {row.name: GroupPlace(Position(row.acknowledged), row.incarnation) for row in rows.all()}

    async def outside(self) -> Collection[str]:
        """See the port."""
        return (await self._connection.scalars(select(_column.name).where(_column.outside))).all()

    async def carry(self, places: Mapping[str, GroupPlace], at: int) -> None:
        """See the port. Rows are taken in the order of their names, so that nobody waits for one another."""
        for group, place in sorted(places.items()):
            statement = update(bus_groups).where(
                _column.name == group,
                _column.outside,
                _column.incarnation == place.incarnation,
                _column.acknowledged < place.acknowledged,
            )
            await self._connection.execute(statement.values(acknowledged=place.acknowledged, moved_at=at))

    async def statuses(self) -> Sequence[BusGroup]:
        """See the port."""
        head = await head_of_log(self._connection)
        letters = await self._connection.execute(
            select(dead_letters.c.group_name, func.count()).group_by(dead_letters.c.group_name)
        )
        counted = {row[0]: int(row[1]) for row in letters.all()}
        statement = select(bus_groups, self._in_force().label("is_held")).order_by(_column.name)
        rows = (await self._connection.execute(statement)).all()
        return [await self._status(row, head, counted.get(row.name, 0)) for row in rows]

    async def acquire(self, group: str, owner: str, seconds: float) -> tuple[GroupLease, Position] | None:
        """See the port."""
        await bound_rest(self._connection)
        statement = (
            update(bus_groups)
            .where(_column.name == check_group(group), ~_column.outside, ~self._in_force())
            .values(owner=owner, token=_column.token + 1, expires_at=self._in(seconds))
            .returning(_column.token, _column.acknowledged)
        )
        row = (await self._connection.execute(statement)).one_or_none()
        return None if row is None else (GroupLease(group, owner, row.token), Position(row.acknowledged))

    async def hold(self, lease: GroupLease, acknowledged: Position, seconds: float, at: int) -> None:
        """See the port."""
        await bound_rest(self._connection)
        further = _column.acknowledged < acknowledged
        held = await self._connection.execute(
            update(bus_groups)
            .where(_under(lease))
            .values(
                acknowledged=case((further, acknowledged), else_=_column.acknowledged),
                moved_at=case((further, at), else_=_column.moved_at),
                expires_at=self._in(seconds),
            )
        )
        if not held.rowcount:
            raise BusGroupLost(f"The group {lease.group!r} is no longer this process's to serve.")

    async def release(self, lease: GroupLease) -> None:
        """See the port."""
        await bound_rest(self._connection)
        await self._connection.execute(update(bus_groups).where(_under(lease)).values(owner=None, expires_at=None))

    async def remove(self, group: str) -> GroupPlace:
        """See the port."""
        removed = await self._connection.execute(
            delete(bus_groups)
            .where(_column.name == check_group(group), ~self._in_force())
            .returning(_column.acknowledged, _column.incarnation)
        )
        row = removed.one_or_none()
        if row is None:
            owner = (await self._connection.execute(select(_column.owner).where(_column.name == group))).one_or_none()
            if owner is None:
                raise BusGroupNotFound(f"There is no group {group!r}.", field="group")
            raise BusGroupInUse(f"The group {group!r} is served by {owner[0]}: take its handler away first.")
        await self._connection.execute(delete(dead_letters).where(dead_letters.c.group_name == group))
        return GroupPlace(Position(row.acknowledged), row.incarnation)

    def _in_force(self) -> ColumnElement[bool]:
        return and_(_column.owner.is_not(None), _column.expires_at > store_time(self._connection))

    def _in(self, seconds: float) -> ColumnElement[int]:
        return store_time(self._connection) + round(seconds * SECOND)

    async def _status(self, row: Row[Any], head: int, letters: int) -> BusGroup:
        waiting = await oldest_after(self._connection, row.acknowledged, head)
        owner = OUTSIDE if row.outside else row.owner if row.is_held else None
        return BusGroup(row.name, Position(row.acknowledged), Position(head), row.moved_at, waiting, owner, letters)


def _under(lease: GroupLease) -> ColumnElement[bool]:
    return and_(_column.name == lease.group, _column.token == lease.token, _column.owner.is_not(None))
