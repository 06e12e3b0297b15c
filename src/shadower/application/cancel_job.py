"""Cancel a job."""

from shadower.application.ports.clock import Clock
from shadower.application.ports.work import BeginWork
from shadower.application.read_job import own_job
from shadower.domain.events.event import WorkspaceId
from shadower.domain.jobs.job import Job, JobId


class CancelJob:
    """
    One that waits never begins. One that runs is told to stop within a second or so, unless it ends before that.

    Raises JobNotFound, JobOfTheSystem, JobEnded, StoreUnavailable.
    """

    def __init__(self, begin: BeginWork, clock: Clock) -> None:
        self._begin = begin
        self._clock = clock

    async def __call__(self, workspace: WorkspaceId, job: JobId) -> Job:
        """Return the job as it is now."""
        async with self._begin() as work:
            cancelled = (await own_job(work, workspace, job)).cancel(self._clock.now())
            await work.jobs.save(cancelled)
            await work.commit()
        return cancelled
