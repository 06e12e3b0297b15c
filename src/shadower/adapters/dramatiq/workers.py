"""Following nudges that come through Dramatiq."""

import asyncio
from contextlib import suppress
from typing import Final

from dramatiq import Actor, Broker, Worker

from shadower.adapters.dramatiq.brokers import ACTOR, Brokers, a_nudge
from shadower.application.ports.task_queue import Take, Workers
from shadower.domain.jobs.job import Queue

LONGEST: Final = 60.0
"""Seconds that one nudge is followed: a broker gets restless about a message that is held for very long."""
LOOK_EVERY: Final = 15.0
"""Seconds between looks that nobody asked for."""
_IDLE_MS: Final = 250
_STOP_MS: Final = 5_000


class DramatiqWorkers(Workers):
    """
    Dramatiq's threads wait for messages; the jobs run on this process's loop, where the store and everything else is.

    A thread is held for as long as its job runs, so a busy process takes no messages away from idle ones. Now and then
    everybody looks without being told, so that jobs are done while the broker is away.
    """

    def __init__(self, brokers: Brokers, look_every: float = LOOK_EVERY) -> None:
        self._brokers = brokers
        self._look_every = look_every

    async def work(self, queue: Queue, concurrency: int, take: Take) -> None:
        loop = asyncio.get_running_loop()
        broker = self._brokers.connect()
        slots = asyncio.Semaphore(concurrency)

        async def in_turn() -> bool:
            async with slots:
                return await _follow(take)

        async def look() -> None:
            while True:
                await asyncio.sleep(self._look_every)
                while await in_turn():
                    pass

        def follow() -> None:
            if asyncio.run_coroutine_threadsafe(in_turn(), loop).result():
                broker.enqueue(a_nudge(queue))

        Actor(follow, broker=broker, actor_name=ACTOR, queue_name=queue.value, priority=0, options={})
        worker = Worker(broker, queues={queue.value}, worker_threads=concurrency, worker_timeout=_IDLE_MS)
        worker.queue_prefetch = concurrency
        worker.start()
        try:
            async with asyncio.TaskGroup() as looking:
                for _ in range(concurrency):
                    looking.create_task(look())
        finally:
            await asyncio.to_thread(self._stop, worker, broker, queue.value)

    def _stop(self, worker: Worker, broker: Broker, queue: str) -> None:
        worker.stop(timeout=_STOP_MS)
        # What came while this process was stopping is for others to find.
        with suppress(*self._brokers.errors):
            broker.enqueue(a_nudge(queue))
        self._brokers.close(broker)


async def _follow(take: Take) -> bool:
    """Run jobs until none is due, or it has been long enough: then return True, for there may be more."""
    loop = asyncio.get_running_loop()
    until = loop.time() + LONGEST
    while (run := await take()) is not None:
        await run()
        if loop.time() > until:
            return True
    return False
