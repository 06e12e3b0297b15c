"""Read one session and a page of its timeline."""

from shadower.application.page import Page, page_of
from shadower.application.ports.snapshot import Criteria, OpenSnapshot, Order, Place, Session
from shadower.domain.events.event import RecordedEvent, WorkspaceId
from shadower.domain.events.filters import one_of


class ReadSession:
    """The session and its events come from one instant, so they always agree."""

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open = open_snapshot

    async def __call__(
        self, workspace: WorkspaceId, session_id: str, *, order: Order, limit: int, after: Place | None = None
    ) -> tuple[Session, Page[RecordedEvent, Place]]:
        """Raises SessionNotFound, QueryTimeout, StoreUnavailable."""
        async with self._open(workspace) as snapshot:
            session = await snapshot.session(session_id)
            found = await snapshot.events(Criteria({"session_id": one_of(session_id)}), order, limit + 1, after)
        items, last = page_of(found, limit)
        return session, Page(items, None if last is None else Place(last.event.occurred_at, last.position))
