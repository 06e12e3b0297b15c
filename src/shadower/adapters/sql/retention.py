"""The record of retention in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.schema import retention_runs, workspaces
from shadower.application.ports.retention import Retention
from shadower.domain.events.event import WorkspaceId
from shadower.domain.retention.run import RetentionRun, RunId, RunState

_runs = retention_runs.c


class SqlRetention(Retention):
    """Rows of `retention_runs`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self, workspace: WorkspaceId | None, before: int, at: int, *, dry_run: bool) -> RetentionRun:
        """See the port."""
        values = {
            "workspace_id": workspace,
            "before": before,
            "dry_run": int(dry_run),
            "started_at": at,
            "touched_at": at,
            "due": 0,
            "removed": 0,
            "state": RunState.RUNNING.value,
        }
        statement = insert(retention_runs).values(values).returning(retention_runs)
        return _run((await self._connection.execute(statement)).one())

    async def save(self, run: RetentionRun) -> None:
        """See the port."""
        values = {
            "touched_at": run.touched_at,
            "due": run.due,
            "removed": run.removed,
            "state": run.state.value,
            "detail": run.detail,
            "finished_at": run.finished_at,
        }
        await self._connection.execute(update(retention_runs).where(_runs.id == run.id).values(values))

    async def list(
        self, workspace: WorkspaceId | None, limit: int, before: RunId | None = None
    ) -> Sequence[RetentionRun]:
        """See the port."""
        statement = select(retention_runs).where(_runs.workspace_id == workspace)
        if before is not None:
            statement = statement.where(_runs.id < before)
        return await self._found(statement.order_by(_runs.id.desc()).limit(limit))

    async def unfinished(self) -> Sequence[RetentionRun]:
        """See the port."""
        running = select(retention_runs).where(_runs.state == RunState.RUNNING.value)
        return await self._found(running.order_by(_runs.id))

    async def latest(self) -> Sequence[RetentionRun]:
        """See the port."""
        # One step into the index for each workspace; grouped by workspace, it would be a scan of all runs.
        newest = select(func.max(_runs.id)).where(_runs.dry_run == 0)
        of_each = select(newest.where(_runs.workspace_id == workspaces.c.id).scalar_subquery())
        of_store = newest.where(_runs.workspace_id.is_(None))
        chosen = or_(_runs.id.in_(of_each), _runs.id.in_(of_store))
        return await self._found(select(retention_runs).where(chosen).order_by(_runs.id))

    async def forget(self, before: int) -> None:
        """See the port."""
        await self._connection.execute(delete(retention_runs).where(_runs.started_at < before))

    async def _found(self, statement: Any) -> Sequence[RetentionRun]:
        return [_run(row) for row in (await self._connection.execute(statement)).all()]


def _run(row: Row[Any]) -> RetentionRun:
    return RetentionRun(
        RunId(row.id),
        None if row.workspace_id is None else WorkspaceId(row.workspace_id),
        row.before,
        bool(row.dry_run),
        row.started_at,
        row.touched_at,
        row.due,
        row.removed,
        RunState(row.state),
        row.detail,
        row.finished_at,
    )
