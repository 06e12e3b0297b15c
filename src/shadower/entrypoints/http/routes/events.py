"""Events: how they are looked at."""

from dataclasses import replace
from typing import Annotated, Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from shadower.application.known_callers import Caller
from shadower.application.list_events import ListEvents, Selection
from shadower.application.ports.snapshot import Order
from shadower.application.read_event import ReadEvent
from shadower.application.summarize_events import SummarizeEvents
from shadower.domain.keys.key import Scope
from shadower.entrypoints.http.access import needs
from shadower.entrypoints.http.cursors import place_cursor, place_in
from shadower.entrypoints.http.filter_parameters import MOST_VALUES, Values, given_in
from shadower.entrypoints.http.parameters import USUAL_PAGE, Cursor, Limit
from shadower.entrypoints.http.paths import rest_of_path
from shadower.entrypoints.http.provided import Provided
from shadower.entrypoints.http.wire.events_out import EventOut, EventPage, event_out
from shadower.entrypoints.http.wire.sessions_out import StatisticsOut, statistics_out

InOrder = Annotated[Order, QueryParameter(description="Newest or oldest first, by when events occurred.")]
WithId = Annotated[
    Values | None,
    QueryParameter(
        max_items=MOST_VALUES,
        description="Only events with this id, a UUID or the producer's own. Several, each as a parameter of its own: "
        "any of them.",
    ),
]
EventId = Annotated[str, PathParameter(description="A UUID, or the id the producer gave it.")]


@get("/events", opt=needs(Scope.READ), summary="List events", tags=["events"])
async def get_events(
    caller: NamedDependency[Caller],
    list_events: NamedDependency[ListEvents],
    selection: Provided[Selection],
    id: WithId = None,
    order: InOrder = Order.NEWEST,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> EventPage:
    """List the workspace's events, page by page. Without times, all of them."""
    what, asked = f"events-{order}", replace(selection, ids=given_in(id))
    page = await list_events(caller.workspace, asked, order=order, limit=limit, after=place_in(cursor, what))
    return EventPage([event_out(event) for event in page.items], place_cursor(page.next, what))


@get("/events/statistics", opt=needs(Scope.READ), summary="Count events", tags=["events"])
async def get_statistics(
    caller: NamedDependency[Caller],
    summarize_events: NamedDependency[SummarizeEvents],
    selection: Provided[Selection],
) -> StatisticsOut:
    """Count the events that match, by type too, and the distinct users, sessions and agents of them: exactly."""
    return statistics_out(await summarize_events(caller.workspace, selection))


@get("/events/{event_id:path}", opt=needs(Scope.READ), summary="Read an event", tags=["events"])
async def get_event(
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    read_event: NamedDependency[ReadEvent],
    event_id: EventId,  # noqa: ARG001 - describes what `rest_of_path` reads
) -> EventOut:
    """
    Read one event by its UUID or by its producer's own id; of several with the same own id, the newest.

    The own id `statistics` is taken by another route: any id is found by `GET /events?id=`.
    """
    asked = rest_of_path(request, "/api/v1/events/")
    return event_out(await read_event(caller.workspace, asked))
