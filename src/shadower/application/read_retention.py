"""Read how a workspace's retention stands."""

from dataclasses import dataclass

from shadower.application.ports.clock import Clock
from shadower.application.ports.snapshot import OpenSnapshot
from shadower.application.ports.work import BeginWork, Work
from shadower.domain.events.event import WorkspaceId
from shadower.domain.retention.removed import Removed
from shadower.domain.retention.run import RetentionRun
from shadower.domain.workspaces.workspace import Workspace


@dataclass(frozen=True, slots=True)
class RetentionStatus:
    """How long events are kept, what is gone, and how the newest run went."""

    workspace: Workspace
    removed: Removed | None
    latest: RetentionRun | None
    """The newest run that was more than a dry one."""
    alarm: bool
    """Whether somebody should look at it."""


class ReadRetention:
    """Anybody who may read in a workspace may know for how long."""

    def __init__(self, open_snapshot: OpenSnapshot, begin: BeginWork, clock: Clock) -> None:
        self._open = open_snapshot
        self._begin = begin
        self._clock = clock

    async def __call__(self, workspace: WorkspaceId) -> RetentionStatus:
        """Raises WorkspaceNotFound, StoreUnavailable."""
        async with self._open(workspace) as snapshot:
            removed = snapshot.removed
        async with self._begin(reading=True) as work:
            return await retention_status(work, workspace, removed, self._clock.now())


async def retention_status(work: Work, workspace: WorkspaceId, removed: Removed | None, now: int) -> RetentionStatus:
    """Return how it stands, within a unit of work. Raises WorkspaceNotFound."""
    found = await work.workspaces.get(workspace)
    latest = next((run for run in await work.retention.latest() if run.workspace == workspace), None)
    alarm = found.term.days is not None and latest is not None and latest.is_alarming(now)
    return RetentionStatus(found, removed, latest, alarm)
