"""The quarantine in SQL."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.schema import quarantine, quarantine_sizes
from shadower.adapters.sql.side_tables import keep_set_aside
from shadower.application.ports.work import Quarantine
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.rejection import Rejection
from shadower.domain.quarantine.entry import (
    EntryId,
    EntryState,
    QuarantineEntry,
    QuarantineEntryNotFound,
    QuarantineSize,
    RefusedEvent,
)


class SqlQuarantine(Quarantine):
    """Rows of `quarantine`, and their sum per workspace in `quarantine_sizes`."""

    def __init__(self, connection: AsyncConnection, limit: int, *, locking: bool = True) -> None:
        """`limit` bounds the bytes kept per workspace; `locking` whether `get` locks the row."""
        self._connection = connection
        self._limit = limit
        self._locking = locking

    async def get(self, workspace: WorkspaceId, entry: EntryId) -> QuarantineEntry:
        """See the port."""
        statement = select(quarantine).where(quarantine.c.id == entry, quarantine.c.workspace_id == workspace)
        if self._locking:
            statement = statement.with_for_update()
        row = (await self._connection.execute(statement)).one_or_none()
        if row is None:
            raise QuarantineEntryNotFound("The quarantine has no such entry.")
        return _entry(row)

    async def list(
        self,
        workspace: WorkspaceId,
        *,
        code: str | None,
        start: int | None,
        end: int | None,
        state: EntryState | None,
        limit: int,
        before: EntryId | None = None,
    ) -> Sequence[QuarantineEntry]:
        """See the port."""
        column = quarantine.c
        statement = select(quarantine).where(column.workspace_id == workspace)
        if code is not None:
            statement = statement.where(column.code == code)
        if start is not None:
            statement = statement.where(column.last_seen_at >= start)
        if end is not None:
            statement = statement.where(column.last_seen_at < end)
        if state is not None:
            statement = statement.where(column.state == state.value)
        if before is not None:
            statement = statement.where(column.id < before)
        rows = await self._connection.execute(statement.order_by(column.id.desc()).limit(limit))
        return [_entry(row) for row in rows.all()]

    async def mark_replayed(self, entry: EntryId, at: int, event_id: str) -> None:
        """See the port."""
        await self._connection.execute(
            update(quarantine)
            .where(quarantine.c.id == entry)
            .values(state=EntryState.REPLAYED.value, replayed_at=at, replayed_as=event_id)
        )

    async def remove(self, workspace: WorkspaceId, entry: EntryId) -> None:
        """See the port."""
        removed = await self._connection.scalar(
            delete(quarantine)
            .where(quarantine.c.id == entry, quarantine.c.workspace_id == workspace)
            .returning(func.length(quarantine.c.sent))
        )
        if removed is None:
            raise QuarantineEntryNotFound("The quarantine has no such entry.")
        size = quarantine_sizes.c
        await self._connection.execute(
            update(quarantine_sizes)
            .where(size.workspace_id == workspace)
            .values(entries=size.entries - 1, bytes=size.bytes - removed)
        )

    async def set_aside(self, workspace: WorkspaceId, refused: RefusedEvent, at: int) -> None:
        """See the port."""
        await keep_set_aside(self._connection, workspace, refused, at, self._limit)

    async def size(self, workspace: WorkspaceId) -> QuarantineSize:
        """See the port."""
        statement = select(quarantine_sizes).where(quarantine_sizes.c.workspace_id == workspace)
        row = (await self._connection.execute(statement)).one_or_none()
        return QuarantineSize(0, 0, 0) if row is None else _size(row)

    async def sizes(self) -> Mapping[WorkspaceId, QuarantineSize]:
        """See the port."""
        rows = await self._connection.execute(select(quarantine_sizes))
        return {WorkspaceId(row.workspace_id): _size(row) for row in rows.all()}

    async def acknowledge_overflow(self, workspace: WorkspaceId) -> None:
        """See the port."""
        await self._connection.execute(
            update(quarantine_sizes).where(quarantine_sizes.c.workspace_id == workspace).values(overflowed=0)
        )


def _size(row: Row[Any]) -> QuarantineSize:
    return QuarantineSize(row.entries, row.bytes, row.overflowed)


def _entry(row: Row[Any]) -> QuarantineEntry:
    return QuarantineEntry(
        EntryId(row.id),
        WorkspaceId(row.workspace_id),
        Rejection(row.code, row.field, row.message),
        row.sent,
        row.source,
        row._mapping["count"],  # noqa: SLF001 - `row.count` is the tuple's own method
        row.first_seen_at,
        row.last_seen_at,
        EntryState(row.state),
        row.replayed_at,
        row.replayed_as,
        row.projection,
    )
