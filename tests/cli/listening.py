"""Listening to a server in another process, with client libraries that are not ours."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from httpx_sse import ServerSentEvent, connect_sse
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.cli.conftest import Running

BOOTSTRAP = "a-bootstrap-key_of-forty-characters-0001"
LIVE = "/api/v1/live?topic=events"

Socket = ClientConnection
Stream = Iterator[ServerSentEvent]


@contextmanager
def listening(server: Running) -> Iterator[tuple[Socket, Stream]]:
    """A WebSocket and a stream, both of which have begun."""
    headers = {"X-API-Key": BOOTSTRAP}
    address = server.url.removeprefix("http")
    with (
        connect(f"ws{address}{LIVE}", additional_headers=headers, proxy=None) as socket,
        httpx.Client(timeout=30, trust_env=False) as client,
        connect_sse(client, "GET", f"http{address}{LIVE}", headers=headers) as source,
    ):
        stream = source.iter_sse()
        for each in (socket, stream):
            assert [_next(each)["type"] for _ in range(2)] == ["welcome", "subscribed"]
        yield socket, stream


def next_event(told: Socket | Stream) -> int:
    """Return the position of the next event."""
    message = _next(told)
    assert message["type"] == "events"
    return int(message["position"])


def ends(socket: Socket, stream: Stream) -> tuple[int, int]:
    """Return the codes with which both end."""
    while (message := _next(stream))["type"] != "close":
        pass
    code = None
    while code is None:
        try:
            socket.recv(30)
        except ConnectionClosed as error:
            code = 0 if error.rcvd is None else error.rcvd.code
    return code, message["code"]


def _next(told: Socket | Stream) -> dict[str, Any]:
    text = told.recv(30) if isinstance(told, ClientConnection) else next(told).data
    message: dict[str, Any] = json.loads(text)
    return message
