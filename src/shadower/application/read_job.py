"""Read one job."""

from shadower.application.ports.work import BeginWork, Work
from shadower.domain.errors import Forbidden
from shadower.domain.events.event import WorkspaceId
from shadower.domain.jobs.errors import JobNotFound
from shadower.domain.jobs.job import Job, JobId


class JobOfTheSystem(Forbidden):
    """Only whoever runs the system decides about its own jobs."""

    code = "job_of_the_system"


class ReadJob:
    """A workspace sees its own jobs, an administrator those of the system too. Raises JobNotFound, StoreUnavailable."""

    def __init__(self, begin: BeginWork) -> None:
        self._begin = begin

    async def __call__(self, workspace: WorkspaceId, job: JobId, *, system_too: bool) -> Job:
        """Return it."""
        async with self._begin(reading=True) as work:
            found = await work.jobs.get(job)
        if found.workspace == workspace or (found.workspace is None and system_too):
            return found
        raise JobNotFound("There is no such job.")


async def own_job(work: Work, workspace: WorkspaceId, job: JobId) -> Job:
    """Return the job, locked, for an administrator of its workspace to change. Raises JobNotFound, JobOfTheSystem."""
    found = await work.jobs.get(job)
    if found.workspace == workspace:
        return found
    if found.workspace is None:
        raise JobOfTheSystem("This job is the system's own: only whoever runs the system decides about it.")
    raise JobNotFound("There is no such job.")
