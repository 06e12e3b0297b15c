"""Work that keeps its order within a lane, and goes on side by side across lanes."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Lane = TypeVar("Lane", bound=Hashable)
Item = TypeVar("Item")


class Lanes(Generic[Lane, Item]):
    """Each lane with something to do has a task, and none is left alone: whatever a task raises ends `watch`."""

    def __init__(self, work: Callable[[Item], Awaitable[None]]) -> None:
        self._work = work
        self._queues: dict[Lane, deque[Item]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def put(self, lane: Lane, item: Item) -> None:
        """Have it done after everything put into this lane before."""
        queue = self._queues.get(lane)
        if queue is not None:
            queue.append(item)
            return
        self._queues[lane] = deque((item,))
        task = asyncio.create_task(self._run(lane), name=f"lane-{lane}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def watch(self) -> None:
        """Wait for ever, or until something goes wrong. Raises what did."""
        await asyncio.shield(self._failure)

    async def stop(self, within: float) -> None:
        """Begin nothing more; let what is under way finish in so many seconds, and cancel the rest."""
        for queue in self._queues.values():
            queue.clear()
        if self._tasks and within:
            await asyncio.wait(self._tasks, timeout=within)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._failure.cancel()
        if not self._failure.cancelled():
            self._failure.exception()  # told by `watch`, or too late to matter: not to be called unseen

    async def _run(self, lane: Lane) -> None:
        queue = self._queues[lane]
        try:
            while queue:
                await self._work(queue.popleft())
        finally:
            del self._queues[lane]

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._failure.done():
            self._failure.set_exception(error)
