"""Jobs and schedules as things that go on in the background."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from shadower.application.ports.report import Report
from shadower.application.take_job import TakeJob
from shadower.domain.events.moments import SECOND
from shadower.domain.jobs.job import Queue
from shadower.entrypoints.container import Container
from shadower.entrypoints.settings import Technology

SWEEP_EVERY: Final = 5.0
WATCH_EVERY: Final = 60.0
LOOK_EVERY: Final = 10.0
"""Seconds between looks at the schedules at most; a slot that comes sooner is not kept waiting."""

_PAUSE: Final = 5.0
_SHORTEST: Final = 0.05


async def work_off(container: Container, queue: Queue, report: Report) -> None:
    """Run the jobs of a queue."""
    from shadower.entrypoints.job_log import log_job  # noqa: PLC0415 - structlog loads slowly; libraries run no jobs

    take = TakeJob(container.run_job(), report, log_job)
    await container.workers().work(queue, container.settings().job_concurrency, partial(take, queue))


async def run_schedules(container: Container, report: Report) -> None:
    """Make jobs of schedules as their slots come."""
    run, clock = container.run_due_schedules(), container.clock()

    async def look() -> float:
        wait = (await run(report) - clock.now()) / SECOND
        return min(max(wait, _SHORTEST), LOOK_EVERY)

    await _forever(look, report)


async def warm_answers(container: Container, report: Report) -> None:
    """Count beforehand what dashboards show, if that is kept and reading it takes any time."""
    settings = container.settings()
    if settings.cache and settings.technology is not Technology.MEMORY:
        await container.start().ready.wait()
        await container.warm_answers()(report)


async def sweep_jobs(container: Container, report: Report) -> None:
    """Find lost jobs, and those nobody was told of."""
    sweep = container.sweep_jobs()

    async def look() -> float:
        await sweep()
        return SWEEP_EVERY

    await _forever(look, report)


async def watch_quarantine(container: Container, report: Report) -> None:
    """Say in the log which quarantines have no room any more."""
    from shadower.entrypoints.quarantine_log import log_overflow  # noqa: PLC0415 - as above

    watch = container.watch_quarantine()

    async def look() -> float:
        for workspace in await watch():
            log_overflow(workspace)
        return WATCH_EVERY

    await _forever(look, report)


async def _forever(step: Callable[[], Awaitable[float]], report: Report) -> None:
    """Run the step, wait for as long as it says, and so on; what goes wrong is told and tried again."""
    while True:
        try:
            pause = await step()
        except Exception as error:  # noqa: BLE001 - reported; it must not end for good
            report(error)
            pause = _PAUSE
        await asyncio.sleep(pause)
