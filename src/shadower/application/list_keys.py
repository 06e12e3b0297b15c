"""List a workspace's API keys."""

from shadower.application.page import Page, page_of
from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.keys.key import ApiKey, KeyId


class ListKeys:
    """In the order they were made, revoked ones included. Nothing of it lets anybody in."""

    def __init__(self, begin: BeginWork) -> None:
        self._begin = begin

    async def __call__(self, workspace: WorkspaceId, *, limit: int, after: KeyId | None = None) -> Page[ApiKey, KeyId]:
        """Raises StoreUnavailable."""
        async with self._begin(reading=True) as work:
            found = await work.keys.list(workspace, limit + 1, after)
        items, last = page_of(found, limit)
        return Page(items, None if last is None else last.id)
