"""
Running the server in this process: start-up in phases, and a stop that loses nothing.

Granian is embedded in this process and on this loop: without a second interpreter it starts faster and needs half the
memory. Told to stop (SIGTERM, SIGINT), it ends the live connections, takes no new ones and answers the requests it has,
those that end within `shutdown_seconds`. Then the work comes to an end, as `lifecycle.working` tells.
"""

import asyncio
import gc
import logging
import signal
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import structlog
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from shadower.entrypoints.container import Container
from shadower.entrypoints.http.app import create_app
from shadower.entrypoints.logging import GRANIAN, granian_logging
from shadower.entrypoints.loop import new_loop
from shadower.entrypoints.one_process import check_port, only_server_of
from shadower.entrypoints.open_files import BACKLOG, make_room
from shadower.entrypoints.settings import Settings
from shadower.entrypoints.start import Start

Company = Callable[[Container, str], AbstractAsyncContextManager[None]]
"""What goes on beside the server, from when it is ready until it stops; it is given the container and the URL."""

_log = structlog.stdlib.get_logger("shadower.server")


def serve(container: Container, company: Company) -> None:
    """Serve until told to stop. Raises AlreadyServed, and what kept it from being ready, such as SchemaMismatch."""
    settings = container.settings()
    check_port(settings)
    make_room(container.seats(), settings.live_connections)
    with only_server_of(settings), asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(_serve(container, settings, company))


def url_of(settings: Settings) -> str:
    """Return where this machine reaches the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


async def _serve(container: Container, settings: Settings, company: Company) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = Server(
        create_app(container),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        websockets=True,
        backlog=BACKLOG,
        backpressure=BACKLOG + settings.live_connections,
        log_level=LogLevels.critical,  # a start that fails is told by whoever called, not as a page of traces
        log_dictconfig=granian_logging(),
    )
    serving = asyncio.create_task(server.serve(), name="serve")
    start = container.start()
    if await _first(serving, start.ready.wait(), stop.wait()) and start.ready.is_set():
        await _listening(settings, serving)
        logging.getLogger(GRANIAN).setLevel(logging.ERROR)
        gc.collect()
        gc.freeze()  # what start-up made stays: later collections need not look at it
        async with company(container, url_of(settings)):
            await _first(serving, stop.wait())
    await container.live().close()
    await _stop(server, serving, start, settings.shutdown_seconds)
    failure = None if serving.cancelled() else serving.exception()
    if start.failure is not None and not start.ready.is_set():
        raise start.failure
    if failure is not None:
        raise failure


async def _first(serving: asyncio.Task[None], *events: Coroutine[Any, Any, object]) -> bool:
    """Wait for the first event; False when the server ended instead."""
    waiting = [asyncio.create_task(event) for event in events]
    await asyncio.wait((serving, *waiting), return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    return not serving.done()


async def _listening(settings: Settings, serving: asyncio.Task[None]) -> None:
    host = url_of(settings).removeprefix("http://").rpartition(":")[0].strip("[]")
    while not serving.done():
        with suppress(OSError):
            _, writer = await asyncio.open_connection(host, settings.port)
            writer.close()
            return
        await asyncio.sleep(0.01)


async def _stop(server: Server, serving: asyncio.Task[None], start: Start, within: float) -> None:
    server.stop()  # type: ignore[no-untyped-call]
    if not await answered(start, within, serving):
        await start.ended.wait()
        serving.cancel()
    await asyncio.wait((serving,))


async def answered(start: Start, within: float, *serving: asyncio.Task[None]) -> bool:
    """Whether the last request was answered within the time (seconds), or serving has failed. If not, stop without."""
    last = asyncio.create_task(start.stopping.wait())
    done, _ = await asyncio.wait((last, *serving), timeout=within, return_when=asyncio.FIRST_COMPLETED)
    last.cancel()
    if not done:
        _log.warning("stopped with requests unanswered", seconds=within)
        start.stopping.set()
    return bool(done)
