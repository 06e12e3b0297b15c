"""
`GET /api/v1/live` as an event stream (Server-Sent Events, WHATWG HTML).

This is plain ASGI in front of the framework: there may be thousands of them, so each is no more than it has to be. What
it takes is in the API's description through `routes/live`.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from time import perf_counter

import structlog
from litestar.types import HTTPScope, Receive, Send

from shadower.application.live.listener import Listener
from shadower.application.live.live import Live
from shadower.application.live.messages import Ending, Message
from shadower.domain.live.seats import Transport
from shadower.entrypoints.http.access import Gate, shown
from shadower.entrypoints.http.correlation import Correlation, RequestIds
from shadower.entrypoints.http.cross_site import check_same_site
from shadower.entrypoints.http.instruments import Instruments
from shadower.entrypoints.http.live.asked import Asking
from shadower.entrypoints.http.live.endings import CLOSES, Close, closing_record
from shadower.entrypoints.http.live.refusing import refusal
from shadower.entrypoints.http.live.telling import tell
from shadower.entrypoints.http.live.told import Writing
from shadower.entrypoints.http.problems import Headers
from shadower.entrypoints.http.security import NOT_CACHED, SECURITY_HEADERS
from shadower.entrypoints.http.short_names import with_field_names
from shadower.entrypoints.reading.errors import NotAcceptable

STREAM_PATH = "/api/v1/live"
STREAM_TYPE = "text/event-stream"
COME_BACK = b"retry: 1000\n"
"""Milliseconds after which a browser connects again; part of the first record."""

_TOLD: Headers = [
    (b"content-type", STREAM_TYPE.encode()),
    (b"x-accel-buffering", b"no"),  # a proxy must hand on each record as it comes
    NOT_CACHED,
    *SECURITY_HEADERS,
]

_log = structlog.stdlib.get_logger("shadower.live")


class LiveStreams:
    """Takes every request for the stream: refuses it with a problem, or tells until the end."""

    def __init__(
        self, gate: Gate, live: Live, asking: Asking, writing: Writing, ids: RequestIds, instruments: Instruments
    ) -> None:
        self._gate = gate
        self._live = live
        self._asking = asking
        self._writing = writing
        self._ids = ids
        self._instruments = instruments

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        began = perf_counter()
        headers = dict(scope["headers"])
        correlation = self._ids.of(headers)
        async with AsyncExitStack() as stack:
            try:
                listener = await self._seated(stack, scope, headers)
            except Exception as error:  # noqa: BLE001 - told, and logged unless it is one of ours
                status = await _refuse(send, error, correlation)
                self._instruments.answered("GET", STREAM_PATH, status, perf_counter() - began)
                return
            own = [*_TOLD, *correlation.headers]
            await send({"type": "http.response.start", "status": 200, "headers": own})
            # It is answered when it begins, and may then go on for days.
            self._instruments.answered("GET", STREAM_PATH, 200, perf_counter() - began)
            close = await self._tell(listener, receive, send)
        _log.info(
            "live connection closed",
            transport=Transport.STREAM,
            code=close.code,
            reason=close.reason,
            duration_ms=round((perf_counter() - began) * 1000),
            **correlation.context,
        )

    async def _seated(self, stack: AsyncExitStack, scope: HTTPScope, headers: Mapping[bytes, bytes]) -> Listener:
        credential = shown(headers)
        caller = await self._gate.holder(credential)
        if caller.by_cookie:
            check_same_site(headers, lenient=True)
        _check_acceptable(headers.get(b"accept", b"").decode("latin-1"))
        query = with_field_names(scope["query_string"])
        asked = self._asking.by_url(query, caller, headers.get(b"last-event-id"), waits=False)
        asked.check_something()
        connected = self._live.connected(caller, credential, Transport.STREAM, asked.subscriptions, asked.after)
        return await stack.enter_async_context(connected)

    async def _tell(self, listener: Listener, receive: Receive, send: Send) -> Close:
        async def put(body: bytes, *, more: bool = True) -> None:
            await send({"type": "http.response.body", "body": body, "more_body": more})

        async def write(message: Message) -> None:
            await put(self._writing.record(message))

        async def farewell(ending: Ending) -> None:
            await put(closing_record(CLOSES[ending]))
            await put(b"", more=False)

        await put(COME_BACK)
        return CLOSES[await tell(listener, write, _hear(listener, receive), farewell)]


async def _hear(listener: Listener, receive: Receive) -> None:
    """The other side of a stream only ever leaves."""
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end(Ending.GONE)


def _check_acceptable(accept: str) -> None:
    kinds = {each.partition(";")[0].strip().lower() for each in accept.split(",")}
    if not kinds & {"", "*/*", "text/*", STREAM_TYPE}:
        raise NotAcceptable(f"This is told as {STREAM_TYPE}, or over a WebSocket; /api/v1/live/poll answers in JSON.")


async def _refuse(send: Send, error: Exception, correlation: Correlation) -> int:
    status, headers, body = refusal(error, STREAM_PATH, correlation)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
    return status
