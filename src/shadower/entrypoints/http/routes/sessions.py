"""Sessions: what happened in one sitting, put together from its events."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from shadower.application.known_callers import Caller
from shadower.application.list_events import Selection
from shadower.application.list_sessions import ListSessions
from shadower.application.ports.snapshot import Order
from shadower.application.read_session import ReadSession
from shadower.domain.keys.key import Scope
from shadower.entrypoints.http.access import needs
from shadower.entrypoints.http.cursors import place_cursor, place_in
from shadower.entrypoints.http.parameters import USUAL_PAGE, Cursor, Limit
from shadower.entrypoints.http.paths import rest_of_path
from shadower.entrypoints.http.provided import Provided
from shadower.entrypoints.http.wire.events_out import EventPage, event_out
from shadower.entrypoints.http.wire.sessions_out import (
    SessionPage,
    SessionWithTimeline,
    session_out,
    session_with_timeline,
)

InOrder = Annotated[
    Order, QueryParameter(description="Newest first, by when sessions ended, or oldest first, by when they started.")
]
TimelineOrder = Annotated[Order, QueryParameter(description="Whether the timeline begins with the first or the last.")]
SessionId = Annotated[str, PathParameter(description="The `session_id` of its events.")]


@get("/sessions", opt=needs(Scope.READ), summary="List sessions", tags=["sessions"])
async def get_sessions(
    caller: NamedDependency[Caller],
    list_sessions: NamedDependency[ListSessions],
    selection: Provided[Selection],
    order: InOrder = Order.NEWEST,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> SessionPage:
    """
    List sessions with at least one event that matches, page by page.

    Start, end, duration and counts are those of the whole session, whatever the order its events came in.
    """
    what = f"sessions-{order}"
    page = await list_sessions(caller.workspace, selection, order=order, limit=limit, after=place_in(cursor, what))
    return SessionPage([session_out(session) for session in page.items], place_cursor(page.next, what))


@get("/sessions/{session_id:path}", opt=needs(Scope.READ), summary="Read a session", tags=["sessions"])
async def get_session(
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    read_session: NamedDependency[ReadSession],
    session_id: SessionId,  # noqa: ARG001 - describes what `rest_of_path` reads
    order: TimelineOrder = Order.OLDEST,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> SessionWithTimeline:
    """Read one session with a page of its timeline."""
    what = f"timeline-{order}"
    asked = rest_of_path(request, "/api/v1/sessions/")
    session, page = await read_session(caller.workspace, asked, order=order, limit=limit, after=place_in(cursor, what))
    timeline = EventPage([event_out(event) for event in page.items], place_cursor(page.next, what))
    return session_with_timeline(session, timeline)
