"""List what handlers could not handle."""

from shadower.application.page import Page, page_of
from shadower.application.ports.work import BeginWork
from shadower.domain.bus.dead_letter import DeadLetter, DeadLetterId, LetterState
from shadower.domain.events.event import WorkspaceId


class ListDeadLetters:
    """Newest first; of all workspaces for whoever runs the system. Raises StoreUnavailable."""

    def __init__(self, begin: BeginWork) -> None:
        self._begin = begin

    async def __call__(
        self,
        workspace: WorkspaceId | None,
        *,
        group: str | None = None,
        state: LetterState | None = None,
        limit: int,
        before: DeadLetterId | None = None,
    ) -> Page[DeadLetter, DeadLetterId]:
        """Return a page; what is None does not matter."""
        async with self._begin(reading=True) as work:
            found = await work.dead_letters.list(workspace, group=group, state=state, limit=limit + 1, before=before)
        items, last = page_of(found, limit)
        return Page(items, None if last is None else last.id)
