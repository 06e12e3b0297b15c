"""
Running the server as several processes on one store.

Granian starts them, restarts one that dies, and stops them as it would stop one. Each reads the settings anew and has a
whole application of its own, and ends when the process that started it is gone.
"""

import asyncio
import multiprocessing
import os
import signal
from http.client import HTTPConnection, HTTPException
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from time import sleep
from typing import Any, cast

import structlog
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

from shadower.domain.errors import SchemaMismatch, Unavailable
from shadower.entrypoints.announce import announce, announce_key
from shadower.entrypoints.container import Container
from shadower.entrypoints.http.app import create_app
from shadower.entrypoints.http.instruments import Instruments
from shadower.entrypoints.http.shared_measurements import TELL_EVERY, SharedMeasurements
from shadower.entrypoints.lifecycle import longest_end, opened
from shadower.entrypoints.logging import configure_logging, granian_logging
from shadower.entrypoints.one_process import check_port
from shadower.entrypoints.open_files import BACKLOG, make_room
from shadower.entrypoints.serve import answered, url_of
from shadower.entrypoints.settings import Settings, variable
from shadower.entrypoints.settings_sources import load

_STOPPING = (signal.SIGTERM, signal.SIGINT)
_OPTIONS = ("host", "port", "workers")
_LOOK_EVERY = 0.5
_MEASUREMENTS = "_SHADOWER_MEASUREMENTS"
"""The variable that tells the processes which folder they share; no setting."""

_log = structlog.stdlib.get_logger("shadower.server")


def serve_many(settings: Settings) -> None:
    """Serve until told to stop. Raises AlreadyServed, SchemaMismatch."""
    check_port(settings)
    asyncio.run(_prepare(settings))
    with TemporaryDirectory(prefix="shadower-") as folder:
        os.environ |= {variable(name): str(getattr(settings, name)) for name in _OPTIONS} | {_MEASUREMENTS: folder}
        _serve(settings)


def _serve(settings: Settings) -> None:
    server = Server(
        f"{__name__}:worker",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        loop=Loops.uvloop,
        websockets=True,
        backlog=BACKLOG,
        backpressure=BACKLOG + settings.live_connections,
        respawn_failed_workers=True,
        workers_kill_timeout=ceil(settings.shutdown_seconds + longest_end(settings.shutdown_seconds)),
        log_level=LogLevels.error,
        log_dictconfig=granian_logging(),
    )
    os.register_at_fork(after_in_child=_end_when_told)
    Thread(target=_when_ready, args=(settings,), daemon=True).start()
    server.serve()


def _end_when_told() -> None:
    """Until Granian takes the signals, a new process would use the handlers of its parent and stay."""
    for number in _STOPPING:
        signal.signal(number, signal.SIG_DFL)


def worker() -> Any:  # noqa: ANN401 - what Granian takes for an application
    """Return the application of one process."""
    settings = load(os.environ).settings
    configure_logging(settings.log_level, settings.log_format)
    container = Container(settings=settings)
    make_room(container.seats(), settings.live_connections)
    app = create_app(container)
    instruments = cast("Instruments", container.meter())  # the application has put its own there
    shared = instruments.share(Path(os.environ[_MEASUREMENTS]))

    async def telling(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - any kind of ASGI message
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        company = [
            asyncio.create_task(_tell_first_key(container)),
            asyncio.create_task(_follow_parent()),
            asyncio.create_task(_tell_measurements(container, instruments, shared)),
            asyncio.create_task(_stop(container, settings.shutdown_seconds, _told_to_stop())),
        ]
        await app(scope, receive, send)
        for task in company:
            task.cancel()

    return telling


async def _prepare(settings: Settings) -> None:
    """Once for all processes, migrate or find out that the schema is another. A store that is away they wait for."""
    try:
        async with opened(Container(settings=settings)):
            pass
    except SchemaMismatch:
        raise
    except Unavailable:
        return


async def _tell_first_key(container: Container) -> None:
    """One process made it, the others did not."""
    start = container.start()
    await start.ready.wait()
    if start.first_key is not None:
        announce_key(start.first_key)


async def _tell_measurements(container: Container, instruments: Instruments, shared: SharedMeasurements) -> None:
    """Whichever process is asked, tells of all."""
    await container.start().ready.wait()
    while True:
        instruments.see(await container.report_health()())
        try:
            await asyncio.to_thread(shared.tell)
        except OSError as error:
            _log.warning("cannot write measurements down", error=str(error))
        await asyncio.sleep(TELL_EVERY)


def _told_to_stop() -> asyncio.Event:
    """
    Return what is set when this process is told to stop.

    Granian has taken the signals: its handlers are called all the same, by the loop, which learns of every signal that
    has a handler in Python.
    """
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in _STOPPING:
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(told.set))
    return told


async def _stop(container: Container, within: float, told: asyncio.Event) -> None:
    """Granian waits for every request to end; streams do not end by themselves, and others have so many seconds."""
    await told.wait()
    await container.live().close()
    start = container.start()
    if not await answered(start, within):
        await start.ended.wait()
        os._exit(0)


async def _follow_parent() -> None:
    """Stop when the parent was killed: nobody else could, and this process would keep the port from its successor."""
    parent = multiprocessing.parent_process()
    while parent is not None and os.getppid() == parent.pid:  # noqa: ASYNC110 - no event tells of it
        await asyncio.sleep(_LOOK_EVERY)
    if parent is not None:
        signal.raise_signal(signal.SIGTERM)


def _when_ready(settings: Settings) -> None:
    host = url_of(settings).removeprefix("http://").rpartition(":")[0].strip("[]")
    while True:
        connection = HTTPConnection(host, settings.port, timeout=5)
        try:
            connection.request("GET", "/ready")
            if connection.getresponse().status == 200:
                announce(url_of(settings), None)
                return
        except (OSError, HTTPException):
            pass
        finally:
            connection.close()
        sleep(0.05)
