"""Running a role as a process of its own, without a server."""

import asyncio
import signal
from collections.abc import Sequence

import structlog

from shadower.domain.errors import Unavailable
from shadower.entrypoints.announce import announce_work
from shadower.entrypoints.container import Container
from shadower.entrypoints.lifecycle import working
from shadower.entrypoints.loop import new_loop
from shadower.entrypoints.reporting import report
from shadower.entrypoints.settings import Role
from shadower.entrypoints.waiting import as_soon_as_possible

_log = structlog.stdlib.get_logger("shadower.worker")


def work(container: Container, roles: Sequence[Role]) -> None:
    """Work until told to stop (SIGTERM, SIGINT), then end what is in hand. Raises SchemaMismatch."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(_work(container, roles))


async def _work(container: Container, roles: Sequence[Role]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    async def live() -> None:
        async with working(container, report, roles):
            _log.info("ready", roles=[role.value for role in roles])
            announce_work(roles)
            await stop.wait()

    await as_soon_as_possible(live, stop, _wait)


def _wait(error: Unavailable) -> None:
    _log.warning("waiting for the store", error=error.message)
