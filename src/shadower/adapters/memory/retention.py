"""The record of retention in memory."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from shadower.adapters.memory.views import Views
from shadower.application.ports.retention import Retention
from shadower.domain.events.event import WorkspaceId
from shadower.domain.retention.run import RetentionRun, RunId, RunState


class MemoryRetention(Retention):
    """Runs by number."""

    def __init__(self, views: Views, numbers: Iterator[int]) -> None:
        self._rows = views.retention_runs
        self._numbers = numbers

    async def begin(self, workspace: WorkspaceId | None, before: int, at: int, *, dry_run: bool) -> RetentionRun:
        run = RetentionRun(RunId(next(self._numbers)), workspace, before, dry_run, started_at=at, touched_at=at)
        self._rows.put(run.id, run)
        return run

    async def save(self, run: RetentionRun) -> None:
        if await self._rows.lock(run.id) is not None:
            self._rows.put(run.id, run)

    async def list(
        self, workspace: WorkspaceId | None, limit: int, before: RunId | None = None
    ) -> Sequence[RetentionRun]:
        runs = (run for run in self._rows.newest_first() if run.workspace == workspace)
        return list(islice((run for run in runs if before is None or run.id < before), limit))

    async def unfinished(self) -> Sequence[RetentionRun]:
        return self._oldest_first(run for run in self._rows.newest_first() if run.state is RunState.RUNNING)

    async def latest(self) -> Sequence[RetentionRun]:
        newest: dict[WorkspaceId | None, RetentionRun] = {}
        for run in self._rows.newest_first():
            if not run.dry_run:
                newest.setdefault(run.workspace, run)
        return self._oldest_first(newest.values())

    async def forget(self, before: int) -> None:
        for run in list(self._rows.newest_first()):
            if run.started_at < before:
                await self._rows.lock(run.id)
                self._rows.remove(run.id)

    @staticmethod
    def _oldest_first(runs: Iterable[RetentionRun]) -> Sequence[RetentionRun]:
        return sorted(runs, key=lambda run: run.id)
