"""What happens, while it happens: the stream for the API's description, and polling; `live.socket` is the WebSocket."""

from typing import Any, cast

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.types import ASGIApp

from shadower.application.known_callers import Caller
from shadower.entrypoints.http.access import ANY_KEY
from shadower.entrypoints.http.known_parameters import OWN_PARAMETERS
from shadower.entrypoints.http.live.asked import Asking
from shadower.entrypoints.http.live.poll import Poll, PollOut
from shadower.entrypoints.http.live.stream import STREAM_TYPE, LiveStreams

_OPTIONS = {**ANY_KEY, **OWN_PARAMETERS}


@get(
    "/live",
    opt=_OPTIONS,
    summary="Be told what happens",
    tags=["live"],
    responses={200: ResponseSpec(str, media_type=STREAM_TYPE, description="Records.", generate_examples=False)},
)
async def get_live_stream(live_streams: NamedDependency[LiveStreams]) -> ASGIApp:
    """
    Tell events as they come in, and answers as they change: as an event stream, or upgraded to a WebSocket.

    Each record's `event` is a message's type, its `data` the message, its `id` the position to come back with. On a
    WebSocket each text is a message; a client may send `subscribe` and `unsubscribe`.
    """
    return cast("ASGIApp", live_streams)


@get("/live/poll", opt=_OPTIONS, summary="Ask what has happened", tags=["live"])
async def get_live_poll(
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    asking: NamedDependency[Asking],
    poll: NamedDependency[Poll],
) -> PollOut:
    """Tell what came in after a position, and wait for it if nothing has: for those who can use no connection."""
    asked = asking.by_url(request.scope["query_string"], caller, waits=True)
    asked.check_something()
    return await poll(caller, asked)
