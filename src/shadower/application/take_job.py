"""What a worker does, over and over."""

from collections.abc import Callable
from functools import partial

from shadower.application.ports.report import Report
from shadower.application.ports.task_queue import Run
from shadower.application.run_job import RunJob
from shadower.domain.jobs.errors import ClaimLost
from shadower.domain.jobs.job import Job, Queue


class TakeJob:
    """
    Claims and runs without ever raising, so that nothing ends a worker.

    `report` is told of whatever goes wrong that is not the job's own to tell; `told` of what became of every job.
    """

    def __init__(self, run_job: RunJob, report: Report, told: Callable[[Job], None] | None = None) -> None:
        self._run_job = run_job
        self._report = report
        self._told = told

    async def __call__(self, queue: Queue) -> Run | None:
        """Return what runs the first job that is due, None when nothing is due."""
        try:
            job = await self._run_job.claim(queue)
        except Exception as error:  # noqa: BLE001 - reported; the next look may succeed
            self._report(error)
            return None
        return None if job is None else partial(self._run, job)

    async def _run(self, job: Job) -> None:
        try:
            became = await self._run_job(job, self._report)
        except Exception as error:  # noqa: BLE001 - reported; the sweeper finds the job
            self._report(error)
            return
        if became is None:
            self._report(ClaimLost(f"Job {job.id} was taken over by another worker: what came of it here is dropped."))
        elif self._told is not None:
            self._told(became)
