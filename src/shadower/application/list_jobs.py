"""List jobs."""

from shadower.application.page import Page, page_of
from shadower.application.ports.jobs import JobCriteria
from shadower.application.ports.work import BeginWork
from shadower.domain.jobs.job import Job, JobId


class ListJobs:
    """Newest first. Raises StoreUnavailable."""

    def __init__(self, begin: BeginWork) -> None:
        self._begin = begin

    async def __call__(self, wanted: JobCriteria, *, limit: int, before: JobId | None = None) -> Page[Job, JobId]:
        """Return one page."""
        async with self._begin(reading=True) as work:
            found = await work.jobs.list(wanted, limit + 1, before)
        items, last = page_of(found, limit)
        return Page(items, None if last is None else last.id)
