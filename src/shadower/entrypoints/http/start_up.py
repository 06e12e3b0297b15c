"""
From start to stop: the server listens at once, and says that it is ready when it is.

A store that is away is waited for. A store this version cannot work with ends the process.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum

import structlog

from shadower.domain.errors import Unavailable
from shadower.entrypoints.container import Container
from shadower.entrypoints.lifecycle import running
from shadower.entrypoints.reporting import report
from shadower.entrypoints.waiting import as_soon_as_possible

PATIENCE = 2.0
"""Seconds in which a start that cannot succeed is told to the server, so that it never begins to listen."""

_log = structlog.stdlib.get_logger("shadower.server")


class Phase(StrEnum):
    """How far the server is."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"


def end_process(error: Exception) -> None:
    """Ask this process to stop, as its operator would."""
    _log.critical("the server cannot start", error=str(error))
    signal.raise_signal(signal.SIGTERM)


class StartUp:
    """The life of the server around its requests."""

    def __init__(self, container: Container, on_failure: Callable[[Exception], None] = end_process) -> None:
        self._container = container
        self._on_failure = on_failure
        self._started = asyncio.Event()
        self._start = container.start()
        self.phase = Phase.STARTING
        self.waiting_for: str | None = None
        """Why it is not ready yet, when it is known."""

    @asynccontextmanager
    async def __call__(self, _app: object) -> AsyncIterator[None]:
        """Start before the first request and stop after the last. Raises what makes a start impossible."""
        life = asyncio.create_task(self._live(), name="server-life")
        started = asyncio.create_task(self._started.wait())
        await asyncio.wait({life, started}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        if life.done():
            life.result()
        life.add_done_callback(self._ended)
        try:
            yield
        finally:
            self.phase = Phase.STOPPING
            self._start.stopping.set()
            await asyncio.wait({life})

    async def _live(self) -> None:
        await as_soon_as_possible(self._serve, self._start.stopping, self._wait)

    async def _serve(self) -> None:
        async with running(self._container, report):
            self.phase, self.waiting_for = Phase.READY, None
            self._started.set()
            _log.info("ready")
            await self._start.stopping.wait()

    def _wait(self, error: Unavailable) -> None:
        self.waiting_for = error.code
        _log.warning("waiting for the store", error=error.message)

    def _ended(self, life: asyncio.Task[None]) -> None:
        self._start.ended.set()
        error = None if life.cancelled() else life.exception()
        if isinstance(error, Exception) and not self._start.stopping.is_set():
            self._on_failure(error)
