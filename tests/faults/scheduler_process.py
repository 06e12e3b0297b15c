"""A scheduler whose clock runs fast, and may be ahead of another's: it looks, and looks again."""

import asyncio
import os
from pathlib import Path
from random import Random
from time import time_ns
from typing import Final

from dependency_injector import providers

from shadower.application.ports.clock import Clock
from shadower.application.ports.task_queue import QueueHealth, TaskQueue
from shadower.application.tasks.keep_store import KeepStore
from shadower.domain.jobs.job import Queue
from shadower.domain.schedules.schedule import Missed, Schedule
from shadower.entrypoints.container import Container, raise_it
from shadower.entrypoints.lifecycle import opened
from shadower.entrypoints.settings_sources import load
from tests.faults.being_ready import tell_ready

BOOK: Final = "SCHEDULER_PROCESS_BOOK"
START: Final = "SCHEDULER_PROCESS_START"
AHEAD: Final = "SCHEDULER_PROCESS_AHEAD"

SPEED: Final = 120
"""A minute passes in half a second."""
LONGEST_PAUSE: Final = 0.05
"""Seconds between looks. Two clocks that are three seconds apart are half of it apart here: either may be first."""


class FastClock(Clock):
    """Runs fast since `start`, and is `ahead` (micros)."""

    def __init__(self, start: int, ahead: int) -> None:
        self._start = start
        self._ahead = ahead

    def now(self) -> int:
        return self._start + (time_ns() // 1000 - self._start) * SPEED + self._ahead


class Signing(TaskQueue):
    """Writes down who tells of a job, which is who has made it."""

    def __init__(self, book: Path) -> None:
        self._book = os.open(book, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def nudge(self, queue: Queue) -> None:
        os.write(self._book, f"{os.getpid()}\n".encode())

    async def health(self) -> QueueHealth:
        return QueueHealth("book", reachable=True)

    async def close(self) -> None:
        os.close(self._book)


def schedule_that(missed: Missed) -> Schedule:
    return Schedule(f"minutely-{missed}", "* * * * *", KeepStore.kind, missed)


async def main() -> None:
    settings = load({name: text for name, text in os.environ.items() if name.startswith("SHADOWER_")}).settings
    chance = Random(os.getpid())
    container = Container(
        settings=settings,
        clock=providers.Object(FastClock(int(os.environ[START]), int(os.environ[AHEAD]))),
        task_queue=providers.Object(Signing(Path(os.environ[BOOK]))),
        schedules=providers.Object([schedule_that(missed) for missed in Missed]),
    )
    async with opened(container):
        await tell_ready()
        while True:
            await container.run_due_schedules()(raise_it)
            await asyncio.sleep(chance.uniform(0, LONGEST_PAUSE))


if __name__ == "__main__":
    asyncio.run(main())
