"""The durable cursors in SQL."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.head import head_of_log, oldest_after
from shadower.adapters.sql.leases import bound_rest, is_newest, store_time, under
from shadower.adapters.sql.schema import log_head, projections, quarantine
from shadower.adapters.sql.upsert import insert_into
from shadower.application.ports.projection_cursors import Projections, ProjectionStatus
from shadower.domain.events.event import Position
from shadower.domain.events.moments import SECOND
from shadower.domain.projections.lease import Lease, LeaseLost, ProjectionNotFound, ProjectionState
from shadower.domain.quarantine.entry import EntryState

REBUILDING: Final = "rollups.rebuild"
"""The projection that fills a new generation of rollups beside the one in use. Nobody is answered from it."""

_TAKEN_AWAY: Final = {"owner": None, "expires_at": None, "token": projections.c.token + 1}


class SqlProjections(Projections):
    """Rows of `projections`, held against the head of the log."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def statuses(self, names: Sequence[str]) -> Sequence[ProjectionStatus]:
        """See the port."""
        head = await head_of_log(self._connection)
        is_held = (projections.c.expires_at > store_time(self._connection)).label("is_held")
        statement = select(projections, is_held).where(projections.c.name.in_(names))
        rows = {row.name: row for row in (await self._connection.execute(statement)).all()}
        aside = await self._set_aside(names)
        return [await self._status(name, rows.get(name), head, aside.get(name, 0)) for name in names]

    async def names(self) -> Sequence[str]:
        """See the port."""
        statement = select(projections.c.name).where(projections.c.name != REBUILDING).order_by(projections.c.name)
        return (await self._connection.scalars(statement)).all()

    async def register(self, name: str, *, history: bool) -> None:
        """See the port."""
        begin = 0 if history else select(log_head.c.position).scalar_subquery()
        values = {"name": name, "generation": 1, "cursor": begin}
        await self._connection.execute(
            insert_into(self._connection, projections).values(values).on_conflict_do_nothing()
        )

    async def free(self, names: Sequence[str]) -> Sequence[str]:
        """See the port."""
        statement = select(projections.c.name).where(projections.c.name.in_(names), self._is_free())
        return (await self._connection.scalars(statement)).all()

    async def acquire(self, name: str, owner: str, seconds: float) -> tuple[Lease, Position] | None:
        """See the port."""
        await bound_rest(self._connection)
        column = projections.c
        expires_at = store_time(self._connection) + round(seconds * SECOND)
        statement = (
            update(projections)
            .where(column.name == name, self._is_free())
            .values(owner=owner, token=column.token + 1, expires_at=expires_at)
            .returning(column.token, column.cursor)
        )
        row = (await self._connection.execute(statement)).one_or_none()
        if row is None:
            await self._found(name)
            return None
        return Lease(name, owner, row.token), Position(row.cursor)

    async def renew(self, leases: Sequence[Lease], seconds: float) -> Sequence[Lease]:
        """
        See the port.

        A row that is locked is in the middle of a step, or of being taken away: it is left for the next time.
        """
        await bound_rest(self._connection)
        column = projections.c
        held = tuple_(column.name, column.token).in_([(lease.projection, lease.token) for lease in leases])
        rows = (await self._connection.execute(select(column.name, column.token).where(held))).all()
        newest = {(row.name, row.token) for row in rows}
        free = select(column.name).where(held).with_for_update(skip_locked=True)
        expires_at = store_time(self._connection) + round(seconds * SECOND)
        await self._connection.execute(
            update(projections).where(column.name.in_(free), held).values(expires_at=expires_at)
        )
        return [lease for lease in leases if (lease.projection, lease.token) not in newest]

    async def release(self, lease: Lease) -> None:
        """See the port."""
        await bound_rest(self._connection)
        await self._connection.execute(update(projections).where(under(lease)).values(owner=None, expires_at=None))

    async def check(self, lease: Lease) -> None:
        """See the port."""
        await bound_rest(self._connection)
        if not await is_newest(self._connection, lease):
            raise _lost(lease)

    async def move(self, lease: Lease, since: Position, to: Position, at: int) -> None:
        """See the port."""
        await self._fenced(lease, projections.c.cursor == since, cursor=to, moved_at=at, failures=0)

    async def note_failure(self, lease: Lease, failures: int, said: str, at: int) -> None:
        """See the port."""
        await self._fenced(lease, failures=failures, last_error=said, last_error_at=at)

    async def lock(self, name: str) -> None:
        """See the port."""
        statement = select(projections.c.name).where(projections.c.name == name).with_for_update()
        if await self._connection.scalar(statement) is None:
            raise _not_found(name)

    async def rewind(self, name: str, to: Position) -> None:
        """See the port."""
        await self._change(name, cursor=to, failures=0, **_TAKEN_AWAY)

    async def pause(self, name: str) -> None:
        """See the port."""
        await self._change(name, state=ProjectionState.PAUSED.value, **_TAKEN_AWAY)

    async def resume(self, name: str) -> None:
        """See the port."""
        await self._change(name, state=ProjectionState.RUNNING.value)

    def _is_free(self) -> ColumnElement[bool]:
        column = projections.c
        has_run_out = or_(column.expires_at.is_(None), column.expires_at <= store_time(self._connection))
        return and_(column.state == ProjectionState.RUNNING.value, has_run_out)

    async def _fenced(self, lease: Lease, *conditions: ColumnElement[bool], **values: object) -> None:
        await bound_rest(self._connection)
        statement = update(projections).where(under(lease), *conditions).values(**values)
        changed = await self._connection.execute(statement)
        if not changed.rowcount:
            raise _lost(lease)

    async def _change(self, name: str, **values: object) -> None:
        changed = await self._connection.execute(update(projections).where(projections.c.name == name).values(**values))
        if not changed.rowcount:
            raise _not_found(name)

    async def _found(self, name: str) -> None:
        if await self._connection.scalar(select(projections.c.name).where(projections.c.name == name)) is None:
            raise _not_found(name)

    async def _status(self, name: str, row: Row[Any] | None, head: int, set_aside: int) -> ProjectionStatus:
        oldest_waiting_at = await oldest_after(self._connection, 0 if row is None else row.cursor, head)
        if row is None:
            return ProjectionStatus(
                name,
                generation=1,
                cursor=0,
                head=head,
                moved_at=None,
                oldest_waiting_at=oldest_waiting_at,
                set_aside=set_aside,
            )
        return ProjectionStatus(
            name,
            generation=row.generation,
            cursor=row.cursor,
            head=head,
            moved_at=row.moved_at,
            oldest_waiting_at=oldest_waiting_at,
            state=ProjectionState(row.state),
            owner=row.owner if row.is_held else None,
            failures=row.failures,
            last_error=row.last_error,
            last_error_at=row.last_error_at,
            set_aside=set_aside,
        )

    async def _set_aside(self, names: Sequence[str]) -> dict[str, int]:
        column = quarantine.c
        statement = (
            select(column.projection, func.count())
            .where(column.projection.in_(names), column.state == EntryState.OPEN.value)
            .group_by(column.projection)
        )
        return {row[0]: row[1] for row in (await self._connection.execute(statement)).all()}


def _lost(lease: Lease) -> LeaseLost:
    return LeaseLost(f"Another runner has taken over the projection {lease.projection}, or it was stopped.")


def _not_found(name: str) -> ProjectionNotFound:
    return ProjectionNotFound(f"No projection {name!r} has ever run here.")
