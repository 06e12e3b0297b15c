"""Begin a job anew."""

from shadower.application.enqueue_job import EnqueueJob
from shadower.application.ports.clock import Clock
from shadower.application.ports.work import BeginWork
from shadower.application.read_job import own_job
from shadower.domain.events.event import WorkspaceId
from shadower.domain.jobs.job import Job, JobId


class RetryJob:
    """
    One that failed, was cancelled or is dead gets all its attempts again; one that waits for its next need not wait.

    Raises JobNotFound, JobOfTheSystem, JobNotEnded, JobSucceeded, StoreUnavailable.
    """

    def __init__(self, begin: BeginWork, enqueue: EnqueueJob, clock: Clock) -> None:
        self._begin = begin
        self._enqueue = enqueue
        self._clock = clock

    async def __call__(self, workspace: WorkspaceId, job: JobId) -> Job:
        """Return the job as it is now."""
        async with self._begin() as work:
            again = (await own_job(work, workspace, job)).retry(self._clock.now())
            await work.jobs.save(again)
            await work.commit()
        await self._enqueue.nudge(again)
        return again
