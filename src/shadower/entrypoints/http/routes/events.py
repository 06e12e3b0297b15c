"""Events: how they come in, and how they are looked at."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from shadower.application.known_callers import Caller
from shadower.application.list_events import ListEvents, Selection
from shadower.application.ports.snapshot import Order
from shadower.domain.keys.key import Scope
from shadower.entrypoints.http.access import needs
from shadower.entrypoints.http.cursors import place_cursor, place_in
from shadower.entrypoints.http.parameters import USUAL_PAGE, Cursor, Limit
from shadower.entrypoints.http.wire.events_out import EventPage, event_out

InOrder = Annotated[Order, QueryParameter(description="Newest or oldest first, by when events occurred.")]


@get("/events", opt=needs(Scope.READ), summary="List events", tags=["events"])
async def get_events(
    caller: NamedDependency[Caller],
    list_events: NamedDependency[ListEvents],
    selection: NamedDependency[Selection],
    order: InOrder = Order.NEWEST,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> EventPage:
    """List the workspace's events, page by page. Without times, all of them."""
    what = f"events-{order}"
    page = await list_events(caller.workspace, selection, order=order, limit=limit, after=place_in(cursor, what))
    return EventPage([event_out(event) for event in page.items], place_cursor(page.next, what))
