"""List what retention did in a workspace."""

from shadower.application.page import Page, page_of
from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.retention.run import RetentionRun, RunId


class ListRetentionRuns:
    """Newest first, dry runs and runs that go on included."""

    def __init__(self, begin: BeginWork) -> None:
        self._begin = begin

    async def __call__(
        self, workspace: WorkspaceId, *, limit: int, before: RunId | None = None
    ) -> Page[RetentionRun, RunId]:
        """Raises StoreUnavailable."""
        async with self._begin(reading=True) as work:
            found = await work.retention.list(workspace, limit + 1, before)
        items, last = page_of(found, limit)
        return Page(items, None if last is None else last.id)
