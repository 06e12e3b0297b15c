"""The feed: events in the order in which they came in."""

from collections.abc import Sequence
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from msgspec import Struct

from shadower.application.known_callers import Caller
from shadower.application.list_arrivals import ListArrivals
from shadower.domain.events.event import Position
from shadower.domain.events.filters import Filters
from shadower.domain.keys.key import Scope
from shadower.entrypoints.http.access import needs
from shadower.entrypoints.http.parameters import USUAL_PAGE, Limit
from shadower.entrypoints.http.provided import Provided
from shadower.entrypoints.http.wire.events_out import EventOut, event_out

After = Annotated[
    int, QueryParameter(ge=0, le=2**63 - 1, description="`position` of the answer before; 0 for the newest there are.")
]

LONGEST_WAIT = 10.0
Wait = Annotated[
    float,
    QueryParameter(ge=0, le=LONGEST_WAIT, description="Seconds to wait for something to come in when nothing has."),
]


class FeedOut(Struct, frozen=True):
    """What came in, newest first, and the position to go on from."""

    items: Sequence[EventOut]
    position: int


@get("/feed", opt=needs(Scope.READ), summary="Follow what comes in", tags=["events"])
async def get_feed(
    caller: NamedDependency[Caller],
    list_arrivals: NamedDependency[ListArrivals],
    filters: Provided[Filters],
    after: After = 0,
    limit: Limit = USUAL_PAGE,
    wait: Wait = 0,
) -> FeedOut:
    """
    List what came in after a position, whenever it occurred. When that is more than `limit`, the newest of it.

    With filters, at most the newest 10,000 events after the position are looked at.
    """
    found = await list_arrivals(caller.workspace, after=Position(after), limit=limit, within=wait, filters=filters)
    return FeedOut([event_out(event) for event in found.events], found.position)
