"""
What the live side is compared with: every event that is sent is handed on to every WebSocket, and no more is done.

`python -m bench.broadcast PORT` serves it the way `shadower serve` serves.
"""

import asyncio
import signal
import sys
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

from shadower.entrypoints.loop import new_loop
from shadower.entrypoints.open_files import BACKLOG

_BEGUN = '{"type":"subscribed"}'

Receive = Any
Send = Any


class Broadcast:
    """An ASGI application."""

    def __init__(self) -> None:
        self._sockets: set[Send] = set()
        self._sending: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - any kind of ASGI message
        """Serve one connection or request."""
        if scope["type"] == "websocket":
            await self._hold(receive, send)
        elif scope["type"] == "http":
            body = (await receive()).get("body", b"")
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"{}", "more_body": False})
            for each in self._sockets:
                task = asyncio.create_task(_hand_on(each, body.decode()))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)

    async def _hold(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": _BEGUN})
        self._sockets.add(send)
        while (await receive())["type"] != "websocket.disconnect":
            pass
        self._sockets.discard(send)


async def _hand_on(send: Send, text: str) -> None:
    await send({"type": "websocket.send", "text": text})


async def _serve(port: int) -> None:
    server = Server(
        Broadcast(), port=port, interface=Interfaces.ASGINL, websockets=True, backlog=BACKLOG, backpressure=BACKLOG
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    await server.serve()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_loop) as _runner:
        _runner.run(_serve(int(sys.argv[1])))
