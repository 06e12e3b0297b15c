"""Keeping a service of the background going."""

import asyncio
from typing import Final

from shadower.application.ports.report import Report
from shadower.domain.growing_pause import growing_pause
from shadower.entrypoints.container import Container
from shadower.entrypoints.roles import Service

_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 30.0


async def supervise(service: Service, container: Container, report: Report) -> None:
    """
    Run the service until it ends by itself or is cancelled.

    What nobody thought of is told to `report`, and the service started anew: a process that answers callers and has
    silently stopped its work would look healthy.
    """
    loop = asyncio.get_running_loop()
    failures = 0
    while True:
        started_at = loop.time()
        try:
            return await service.start(container, report)
        except Exception as error:  # noqa: BLE001 - reported; what has stopped must not stay so
            report(error)
            if loop.time() - started_at > _LONGEST_PAUSE:
                failures = 0
            await asyncio.sleep(growing_pause(failures, _PAUSE, _LONGEST_PAUSE))
            failures += 1
