"""Workers on this process's own loop, told of its jobs at once."""

import asyncio
from collections import defaultdict
from typing import Final

from shadower.application.ports.task_queue import QueueHealth, Take, TaskQueue, Workers
from shadower.domain.jobs.job import Queue

LOOK_EVERY: Final = 5.0
"""Seconds between looks for jobs that another process, such as a command, has put there."""


class InProcessTaskQueue(TaskQueue, Workers):
    """Jobs run as tasks of the loop, so many of a queue at once."""

    def __init__(self, look_every: float = LOOK_EVERY) -> None:
        self._look_every = look_every
        self._nudged: defaultdict[Queue, asyncio.Event] = defaultdict(asyncio.Event)

    async def nudge(self, queue: Queue) -> None:
        self._nudged[queue].set()

    async def health(self) -> QueueHealth:
        return QueueHealth("process", reachable=True)

    async def close(self) -> None:
        """Nothing is held."""

    async def work(self, queue: Queue, concurrency: int, take: Take) -> None:
        nudged = self._nudged[queue]
        running: set[asyncio.Task[None]] = set()

        def ended(task: asyncio.Task[None]) -> None:
            running.discard(task)
            nudged.set()

        try:
            while True:
                nudged.clear()
                while len(running) < concurrency and (run := await take()) is not None:
                    task = asyncio.ensure_future(run())
                    running.add(task)
                    task.add_done_callback(ended)
                await self._wait(nudged)
        finally:
            left = list(running)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _wait(self, nudged: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self._look_every):
                await nudged.wait()
        except TimeoutError:
            pass
