"""Remove the events whose term has passed."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shadower.application.ports.clock import Clock
from shadower.application.ports.handler import Handler
from shadower.application.ports.retention import EventRemoval
from shadower.application.ports.work import BeginWork
from shadower.application.registered_projections import RegisteredProjections
from shadower.application.retention_walk import RetentionWalk
from shadower.domain.errors import ShadowerError, Unavailable
from shadower.domain.retention.run import RetentionRun, RunState
from shadower.domain.workspaces.workspace import Workspace, WorkspaceNotFound


class RetentionUnfinished(Unavailable):
    """Something went wrong on the way. What is removed is removed; another run goes on from there."""

    code = "retention_unfinished"


@dataclass(frozen=True, slots=True)
class RetentionProgress:
    """How far a run over one workspace has come, in events whose term has passed."""

    workspace: Workspace
    done: int
    total: int


Tell = Callable[[RetentionProgress], None]


class ApplyRetention:
    """
    Over every workspace that has a term, or the one named; then partitions that nothing is left in are dropped.

    It goes by the moment the server received an event. Small steps, after each as much time for others as it took;
    each run is on record. What goes wrong over one workspace does not stop the others, and is raised in the end. A dry
    run counts and removes nothing. Raises RetentionUnfinished, WorkspaceNotFound, StoreUnavailable.
    """

    def __init__(
        self,
        begin: BeginWork,
        removal: EventRemoval,
        clock: Clock,
        projections: RegisteredProjections,
        handlers: Sequence[Handler] = (),
    ) -> None:
        """Events wait for projections and handlers, and for the groups outside there are when a run begins."""
        self._begin = begin
        self._removal = removal
        self._clock = clock
        self._projections = projections
        self._groups = [handler.group for handler in handlers]

    async def __call__(
        self, only: str | None = None, *, dry_run: bool = False, tell: Tell = lambda _: None
    ) -> Sequence[RetentionRun]:
        """Return the runs: one for each workspace, and one for the store where it has partitions."""
        now = self._clock.now()
        await self._note_dead_runs(now)
        runs: list[RetentionRun] = []
        errors: list[Exception] = []
        cutoffs: list[int] = []
        for workspace in await self._workspaces(only):
            before = workspace.term.cutoff(now)
            if before is not None:
                cutoffs.append(before)
                runs.append(await self._over(workspace, before, tell, errors, dry_run=dry_run))
        if cutoffs and only is None and not dry_run:
            runs += await self._over_partitions(min(cutoffs), errors)
        if errors:
            said = [run.detail for run in runs if run.state is RunState.FAILED]
            raise RetentionUnfinished(f"Retention failed in {len(said)} of {len(runs)} runs: {said[0]}") from errors[0]
        return runs

    async def _note_dead_runs(self, now: int) -> None:
        async with self._begin() as work:
            for run in await work.retention.unfinished():
                if run.is_dead(now):
                    await work.retention.save(run.finished(RunState.INTERRUPTED, now, removed=run.removed))
            await work.commit()

    async def _workspaces(self, only: str | None) -> Sequence[Workspace]:
        async with self._begin(reading=True) as work:
            if only is None:
                return await work.workspaces.all()
            found = await work.workspaces.find(only)
        if found is None:
            raise WorkspaceNotFound(f"There is no workspace {only!r}.")
        return [found]

    async def _over(
        self, workspace: Workspace, before: int, tell: Tell, errors: list[Exception], *, dry_run: bool
    ) -> RetentionRun:
        async with self._begin() as work:
            run = await work.retention.begin(workspace.id, before, self._clock.now(), dry_run=dry_run)
            groups = [*self._groups, *await work.bus_groups.outside()]
            await work.commit()
        walk = RetentionWalk(self._removal, workspace.id, before, self._projections.names, groups)
        state, detail = RunState.SUCCEEDED, None
        try:
            run = await self._saved(run.counted(await walk.count(), self._clock.now()))
            tell(RetentionProgress(workspace, 0, run.due))
            if not dry_run:
                async for removed in walk.remove(run.id):
                    tell(RetentionProgress(workspace, removed, max(run.due, removed)))
        except asyncio.CancelledError:
            await self._saved(run.finished(RunState.INTERRUPTED, self._clock.now(), removed=walk.removed))
            raise
        except Exception as error:  # noqa: BLE001 - on record with the run, and raised after the others
            errors.append(error)
            state, detail = RunState.FAILED, _said(error)
        if walk.waiting and state is RunState.SUCCEEDED:
            state, detail = RunState.HELD_BACK, _waiting(walk)
        return await self._saved(run.finished(state, self._clock.now(), removed=walk.removed, detail=detail))

    async def _over_partitions(self, before: int, errors: list[Exception]) -> Sequence[RetentionRun]:
        began = self._clock.now()
        names: Sequence[str] | None = ()
        state, detail = RunState.SUCCEEDED, None
        try:
            names = await self._removal.drop_partitions(before)
            detail = ", ".join(names or ()) or None
        except Exception as error:  # noqa: BLE001 - as above
            errors.append(error)
            state, detail = RunState.FAILED, _said(error)
        if names is None:
            return []
        async with self._begin() as work:
            run = (await work.retention.begin(None, before, began, dry_run=False)).counted(len(names), began)
            run = run.finished(state, self._clock.now(), removed=len(names), detail=detail)
            await work.retention.save(run)
            await work.commit()
        return [run]

    async def _saved(self, run: RetentionRun) -> RetentionRun:
        async with self._begin() as work:
            await work.retention.save(run)
            await work.commit()
        return run


def _said(error: Exception) -> str:
    """Return what went wrong in words for everybody; what our own code did wrong is for the log."""
    return error.message if isinstance(error, ShadowerError) else f"An unexpected fault ({type(error).__name__})."


def _waiting(walk: RetentionWalk) -> str:
    return f"{walk.waiting:,} events stay until they are taken in by {', '.join(sorted(walk.waited_for))}."
