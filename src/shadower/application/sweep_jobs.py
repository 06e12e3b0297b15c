"""Find jobs that nobody works on any more, and jobs that nobody was told of."""

from dataclasses import dataclass
from typing import Final

from shadower.application.ports.clock import Clock
from shadower.application.ports.task_queue import TaskQueue
from shadower.application.ports.work import BeginWork
from shadower.domain.events.moments import SECOND
from shadower.domain.jobs.job import LEASE, JobId

LOST_AFTER: Final = 15 * SECOND
"""Micros after which a nudge that nobody followed counts as lost."""
MOST: Final = 100
"""Jobs of each kind of trouble looked after in one sweep."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did."""

    taken_back: int
    """From workers not heard of any more."""
    nudged: int


class SweepJobs:
    """
    Several may sweep at once. What a dead worker had is tried again, or is dead when it was its last attempt.

    Raises StoreUnavailable, QueueUnavailable.
    """

    def __init__(self, begin: BeginWork, queue: TaskQueue, clock: Clock) -> None:
        self._begin = begin
        self._queue = queue
        self._clock = clock

    async def __call__(self) -> Swept:
        """Sweep once."""
        async with self._begin(reading=True) as work:
            unheard = await work.jobs.unheard(self._clock.now() - LEASE, MOST)
        taken_back = sum([await self._take_back(job) for job in unheard])
        return Swept(taken_back, await self._nudge())

    async def _take_back(self, number: JobId) -> bool:
        async with self._begin() as work:
            job = await work.jobs.get(number)
            taken = job.take_back(self._clock.now())
            if taken == job:  # it was heard of meanwhile
                return False
            await work.jobs.save(taken)
            await work.commit()
        return True

    async def _nudge(self) -> int:
        now = self._clock.now()
        async with self._begin(reading=True) as work:
            waiting = await work.jobs.unnudged(now, now - LOST_AFTER, MOST)
        # Told before it is noted: in between, a crash costs a nudge too many, and never one too few.
        for job in waiting:
            await self._queue.nudge(job.queue)
        if waiting:
            async with self._begin() as work:
                await work.jobs.mark_nudged([job.id for job in waiting], now)
                await work.commit()
        return len(waiting)
