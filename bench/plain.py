"""
What single-event requests are compared with: a Litestar handler that decodes the same body and answers, and no more.

`python -m bench.plain PORT WORKERS` serves it the way `shadower serve` serves: one worker is Granian embedded in this
process, several are processes of Granian's own.
"""

import asyncio
import signal
import sys

from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server
from granian.server.embed import Server as EmbeddedServer
from litestar import Litestar, Request, get, post
from litestar.datastructures import State

from shadower.entrypoints.loop import new_loop
from shadower.entrypoints.open_files import BACKLOG
from shadower.entrypoints.reading.sent import object_decoder


@get("/ready")
async def ready() -> str:
    """Answer."""
    return "ready"


@post("/api/v1/events", status_code=200)
async def take(request: Request[object, object, State]) -> dict[str, int]:
    """Decode the events and tell how many they were."""
    return {"stored": len(object_decoder.decode(await request.body()).events)}


def app() -> Litestar:
    """Return the application: nothing but the two handlers."""
    return Litestar([ready, take], openapi_config=None)


async def _serve(port: int) -> None:
    server = EmbeddedServer(
        app(), port=port, interface=Interfaces.ASGI, websockets=False, backlog=BACKLOG, backpressure=BACKLOG
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    await server.serve()


def _serve_many(port: int, workers: int) -> None:
    Server(
        "bench.plain:app",
        factory=True,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        loop=Loops.uvloop,
        websockets=False,
        backlog=BACKLOG,
        backpressure=BACKLOG,
        log_level=LogLevels.error,
    ).serve()


if __name__ == "__main__":
    _port, _workers = map(int, sys.argv[1:3])
    if _workers > 1:
        _serve_many(_port, _workers)
    else:
        with asyncio.Runner(loop_factory=new_loop) as _runner:
            _runner.run(_serve(_port))
