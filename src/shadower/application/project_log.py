"""Keep the rollups close behind the log, without getting in the way of those who write."""

import asyncio
from collections.abc import Callable
from time import perf_counter

from shadower.application.ports.event_log import EventLog
from shadower.application.ports.store import Rollups
from shadower.domain.errors import Unavailable

LARGEST_STEP = 50_000
"""Events taken in per transaction: larger steps touch each page less often, and hold the writer longer."""
PAUSE = 0.5
"""Seconds between steps when little is waiting: answers are exact meanwhile, the tail is read from the log."""

LONGEST_WAIT = 30.0
"""Seconds after which it looks again even if nobody told of an event."""


class ProjectLog:
    """Runs until cancelled. What goes wrong is told to `report` and tried again, ever more slowly."""

    def __init__(self, log: EventLog, rollups: Rollups, report: Callable[[Exception], None]) -> None:
        self._log = log
        self._rollups = rollups
        self._report = report

    async def __call__(self) -> None:
        """Follow the log."""
        failures = 0
        while True:
            try:
                # Looked at first: what comes in while the step is under way wakes the wait below.
                head = await self._log.head()
                began = perf_counter()
                taken = await self._rollups.advance(LARGEST_STEP)
                failures = 0
                if not taken:
                    await self._log.wait(head, LONGEST_WAIT)
                # With a long queue, leave the writers at least as much time as this took.
                await asyncio.sleep(max(PAUSE, perf_counter() - began) if taken else PAUSE)
            except Unavailable as error:
                failures += 1
                self._report(error)
                await asyncio.sleep(min(0.5 * 2**failures, 5.0))
            except Exception as error:  # noqa: BLE001 - reported; the tail keeps answers exact meanwhile
                failures += 1
                self._report(error)
                await asyncio.sleep(min(2.0**failures, 60.0))
