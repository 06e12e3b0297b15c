"""
`GET /api/v1/live` as a WebSocket.

This is plain ASGI beside the framework: there may be thousands of them, so each is no more than it has to be.
"""

import asyncio
from collections.abc import Mapping
from time import perf_counter

import structlog
from litestar.types import Receive, Send, WebSocketScope

from shadower.application.authenticate import Credential
from shadower.application.known_callers import Caller
from shadower.application.live.listener import Listener
from shadower.application.live.live import Live
from shadower.application.live.messages import Ending, Message
from shadower.domain.errors import NotFound, ShadowerError
from shadower.domain.live.allowance import Allowance
from shadower.domain.live.seats import Transport
from shadower.entrypoints.http.access import Gate, shown
from shadower.entrypoints.http.correlation import Correlation, RequestIds
from shadower.entrypoints.http.cross_site import check_same_site
from shadower.entrypoints.http.live.asked import Asked, Asking
from shadower.entrypoints.http.live.endings import CLOSES, Close, close_for
from shadower.entrypoints.http.live.refusing import refusal
from shadower.entrypoints.http.live.sent import SubscribeIn, read_message
from shadower.entrypoints.http.live.telling import tell
from shadower.entrypoints.http.live.told import Writing
from shadower.entrypoints.http.short_names import with_field_names

SOCKET_PATH = "/api/v1/live"

MESSAGES_A_SECOND, MESSAGES_AT_ONCE = 10, 60
SUBSCRIPTIONS_A_SECOND, SUBSCRIPTIONS_AT_ONCE = 2, 40
"""What a client may send: on average, and at once."""
LONGEST_MESSAGE = 16 * 1024
"""Characters."""

_log = structlog.stdlib.get_logger("shadower.live")


class NoSocketHere(NotFound):
    """There is no WebSocket at this address."""

    code = "route_not_found"


class LiveSockets:
    """Takes every WebSocket: refuses it with a problem, or tells and hears until the end."""

    def __init__(self, gate: Gate, live: Live, asking: Asking, writing: Writing, ids: RequestIds) -> None:
        self._gate = gate
        self._live = live
        self._asking = asking
        self._writing = writing
        self._ids = ids

    async def __call__(self, scope: WebSocketScope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        began = perf_counter()
        headers = dict(scope["headers"])
        correlation = self._ids.of(headers)
        await receive()
        try:
            caller, asked = await self._let_in(scope, headers)
        except Exception as error:  # noqa: BLE001 - told, and logged unless it is one of ours
            await _refuse(scope, send, error, correlation)
            return
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        close = await self._serve(caller, shown(headers), asked, receive, send)
        _log.info(
            "live connection closed",
            transport=Transport.SOCKET,
            code=close.code,
            reason=close.reason,
            duration_ms=round((perf_counter() - began) * 1000),
            **correlation.context,
        )

    async def _let_in(self, scope: WebSocketScope, headers: Mapping[bytes, bytes]) -> tuple[Caller, Asked]:
        if scope["path"] != SOCKET_PATH:
            raise NoSocketHere(f"There is no WebSocket at this address; there is one at {SOCKET_PATH}.")
        caller = await self._gate.holder(shown(headers))
        if caller.by_cookie:
            # A page of another site can open a WebSocket, and the browser sends our cookie along.
            check_same_site(headers)
        return caller, self._asking.by_url(with_field_names(scope["query_string"]), caller, waits=False)

    async def _serve(self, caller: Caller, credential: Credential, asked: Asked, receive: Receive, send: Send) -> Close:
        async def write(message: Message) -> None:
            await send({"type": "websocket.send", "text": self._writing.text(message), "bytes": None})

        async def farewell(ending: Ending) -> None:
            await _close(send, CLOSES[ending])

        connected = self._live.connected(caller, credential, Transport.SOCKET, asked.subscriptions, asked.after)
        try:
            async with connected as listener:
                return CLOSES[await tell(listener, write, self._hear(listener, caller, receive), farewell)]
        except ShadowerError as error:
            # A browser is told the reason of a close, and nothing of a request that was refused.
            close = close_for(error)
            await _close(send, close)
            return close

    async def _hear(self, listener: Listener, caller: Caller, receive: Receive) -> None:
        messages = Allowance(MESSAGES_A_SECOND, MESSAGES_AT_ONCE)
        subscriptions = Allowance(SUBSCRIPTIONS_A_SECOND, SUBSCRIPTIONS_AT_ONCE)
        time = asyncio.get_running_loop().time
        while listener.ending is None:
            message = await receive()
            text = message.get("text")
            if message["type"] == "websocket.disconnect":
                listener.end(Ending.GONE)
            elif not isinstance(text, str):
                listener.end(Ending.NO_TEXT)
            elif len(text) > LONGEST_MESSAGE:
                listener.end(Ending.TOO_LARGE)
            elif not messages.spend(time()):
                listener.end(Ending.TOO_FAST)
            else:
                self._do(listener, caller, text, subscriptions)

    def _do(self, listener: Listener, caller: Caller, text: str, subscriptions: Allowance) -> None:
        subscription: str | None = None
        try:
            sent = read_message(text)
            subscription = sent.id
            if not isinstance(sent, SubscribeIn):
                listener.unsubscribe(sent.id)
            elif subscriptions.spend(asyncio.get_running_loop().time()):
                listener.subscribe([self._asking.subscription(sent, caller)])
            else:
                listener.end(Ending.TOO_FAST)
        except ShadowerError as error:
            listener.refuse(subscription, error)


async def _close(send: Send, close: Close) -> None:
    await send({"type": "websocket.close", "code": close.code, "reason": close.reason})


async def _refuse(scope: WebSocketScope, send: Send, error: Exception, correlation: Correlation) -> None:
    """Answer the handshake as any other request is answered."""
    status, headers, body = refusal(error, scope["path"], correlation)
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body, "more_body": False})
