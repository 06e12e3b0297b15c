"""Queues without workers: for programs that want a job done when they ask for it, and for tests."""

import asyncio
from collections.abc import Awaitable, Callable

from shadower.application.ports.task_queue import QueueHealth, Run, Take, TaskQueue, Workers
from shadower.domain.jobs.job import Queue

TakeFrom = Callable[[Queue], Awaitable[Run | None]]


class InlineTaskQueue(TaskQueue, Workers):
    """Whoever puts work off does it there and then: everything of the queue that is due."""

    def __init__(self, take: Callable[[], TakeFrom]) -> None:
        """`take()` returns what takes from a queue; asked late, for it may need this queue itself."""
        self._take = take

    async def nudge(self, queue: Queue) -> None:
        take = self._take()
        while (run := await take(queue)) is not None:
            await run()

    async def health(self) -> QueueHealth:
        return QueueHealth("memory", reachable=True)

    async def close(self) -> None:
        """Nothing is held."""

    async def work(self, queue: Queue, concurrency: int, take: Take) -> None:  # noqa: ARG002 - nobody waits for anything
        await asyncio.Event().wait()


class ManualTaskQueue(TaskQueue, Workers):
    """Nothing is done until somebody calls `run`."""

    def __init__(self, take: Callable[[], TakeFrom]) -> None:
        """As of InlineTaskQueue."""
        self._take = take
        self.nudged: list[Queue] = []
        """Which queues there is something in, as it was told."""

    async def nudge(self, queue: Queue) -> None:
        self.nudged.append(queue)

    async def health(self) -> QueueHealth:
        return QueueHealth("memory", reachable=True)

    async def close(self) -> None:
        """Nothing is held."""

    async def work(self, queue: Queue, concurrency: int, take: Take) -> None:  # noqa: ARG002 - as said
        await asyncio.Event().wait()

    async def run(self) -> int:
        """Follow every nudge as a worker would, those that come meanwhile too; return how many found a job."""
        take, done = self._take(), 0
        while self.nudged:
            run = await take(self.nudged.pop(0))
            if run is not None:
                await run()
                done += 1
        return done
