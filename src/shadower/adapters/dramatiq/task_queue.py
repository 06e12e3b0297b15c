"""Telling workers through Dramatiq."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

from shadower.adapters.dramatiq.brokers import Brokers, a_nudge
from shadower.adapters.resilience.breaker import Breaker
from shadower.application.ports.task_queue import QueueHealth, QueueUnavailable, TaskQueue
from shadower.domain.jobs.job import Queue

MOST_WAITING: Final = 1_000
"""
Nudges in one queue.

They are all alike, and a worker that follows one goes on until nothing is due: more would say no more. So a queue
nobody works off takes no room.
"""
_LOOK_SECONDS: Final = 1.0


class DramatiqTaskQueue(TaskQueue):
    """Sends from a thread of its own: brokers block, and RabbitMQ keeps a connection for each thread."""

    def __init__(self, brokers: Brokers) -> None:
        self._brokers = brokers
        self._broker = brokers.connect()
        self._breaker = Breaker()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="nudge")

    async def nudge(self, queue: Queue) -> None:
        await self._ask(self._send, queue)

    async def health(self) -> QueueHealth:
        technology = self._brokers.technology
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._ask(self._waiting, Queue.AGGREGATION)
        except QueueUnavailable as error:
            return QueueHealth(technology, reachable=False, detail=error.message)
        except TimeoutError:
            self._breaker.failed()
            return QueueHealth(technology, reachable=False, detail=f"No answer within {_LOOK_SECONDS:g} s.")
        return QueueHealth(technology, reachable=True)

    async def _ask(self, what: Callable[[str], object], queue: Queue) -> None:
        if not self._breaker.may_try():
            raise QueueUnavailable("The queue of jobs did not answer a moment ago; it is tried again shortly.")
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._answered, what, queue.value)
        except self._brokers.errors as error:
            self._breaker.failed()
            raise QueueUnavailable("The queue of jobs cannot be reached; the job is found a little later.") from error
        self._breaker.answered()

    async def close(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await asyncio.get_running_loop().run_in_executor(self._thread, self._let_go)
        self._thread.shutdown(wait=False)

    def _answered(self, what: Callable[[str], object], queue: str) -> None:
        try:
            what(queue)
        except self._brokers.errors:
            self._begin_anew()
            raise

    def _send(self, queue: str) -> None:
        self._broker.declare_queue(queue)
        if self._waiting(queue) < MOST_WAITING:
            self._broker.enqueue(a_nudge(queue))

    def _waiting(self, queue: str) -> int:
        return self._brokers.waiting(self._broker, queue)

    def _begin_anew(self) -> None:
        # A channel of RabbitMQ that was closed once stays so.
        self._let_go()
        self._broker = self._brokers.connect()

    def _let_go(self) -> None:
        with suppress(*self._brokers.errors):
            self._brokers.close(self._broker)
