"""Workspaces in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.schema import workspaces
from shadower.application.ports.work import Workspaces
from shadower.domain.events.event import WorkspaceId
from shadower.domain.retention.term import Term
from shadower.domain.workspaces.workspace import Weekday, Workspace, WorkspaceAlreadyExists, WorkspaceNotFound


class SqlWorkspaces(Workspaces):
    """Rows of `workspaces`."""

    def __init__(self, connection: AsyncConnection, *, locking: bool = True) -> None:
        """`locking` whether `get` locks the row."""
        self._connection = connection
        self._locking = locking

    async def add(self, slug: str, name: str, time_zone: str, first_weekday: Weekday, created_at: int) -> Workspace:
        """See the port."""
        values = {
            "slug": slug,
            "name": name,
            "time_zone": time_zone,
            "first_weekday": int(first_weekday),
            "created_at": created_at,
        }
        try:
            # A failed INSERT would abort the whole transaction; one in a savepoint does not.
            async with self._connection.begin_nested():
                row = (await self._connection.execute(insert(workspaces).values(values).returning(workspaces))).one()
        except IntegrityError:
            raise WorkspaceAlreadyExists(f"There is a workspace {slug!r} already.", field="slug") from None
        return _workspace(row)

    async def get(self, workspace: WorkspaceId) -> Workspace:
        """See the port."""
        statement = select(workspaces).where(workspaces.c.id == workspace)
        if self._locking:
            statement = statement.with_for_update()
        row = (await self._connection.execute(statement)).one_or_none()
        if row is None:
            raise WorkspaceNotFound("There is no such workspace.")
        return _workspace(row)

    async def find(self, slug: str) -> Workspace | None:
        """See the port."""
        row = (await self._connection.execute(select(workspaces).where(workspaces.c.slug == slug))).one_or_none()
        return None if row is None else _workspace(row)

    async def save(self, workspace: Workspace) -> None:
        """See the port."""
        await self._connection.execute(
            update(workspaces)
            .where(workspaces.c.id == workspace.id)
            .values(
                name=workspace.name,
                time_zone=workspace.time_zone,
                first_weekday=int(workspace.first_weekday),
                retention_days=workspace.term.days,
            )
        )

    async def all(self) -> Sequence[Workspace]:
        """See the port."""
        rows = await self._connection.execute(select(workspaces).order_by(workspaces.c.slug))
        return [_workspace(row) for row in rows.all()]


def _workspace(row: Row[Any]) -> Workspace:
    return Workspace(
        WorkspaceId(row.id),
        row.slug,
        row.name,
        row.time_zone,
        Weekday(row.first_weekday),
        row.created_at,
        Term(row.retention_days),
    )
