"""List sessions, newest or oldest first."""

from shadower.application.list_events import Selection, criteria_of
from shadower.application.page import Page, page_of
from shadower.application.ports.snapshot import OpenSnapshot, Order, Place, Session
from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId


class ListSessions:
    """
    Sessions with a matching event, whole: the counts are of all their events.

    Newest first they are ordered, and chosen by time, by when they ended; oldest first by when they started.
    """

    def __init__(self, open_snapshot: OpenSnapshot, begin: BeginWork) -> None:
        self._open = open_snapshot
        self._begin = begin

    async def __call__(
        self, workspace: WorkspaceId, selection: Selection, *, order: Order, limit: int, after: Place | None = None
    ) -> Page[Session, Place]:
        """Raises MomentInvalid, QueryTimeout, StoreUnavailable."""
        criteria = await criteria_of(selection, workspace, self._begin)
        async with self._open(workspace) as snapshot:
            found = await snapshot.sessions(criteria, order, limit + 1, after)
        items, last = page_of(found, limit)
        return Page(items, None if last is None else _place(last, order))


def _place(session: Session, order: Order) -> Place:
    return Place(session.ended_at if order is Order.NEWEST else session.started_at, session.last_position)
