"""Work off jobs: claim one, run it, write down what came of it."""

import asyncio
from collections.abc import Collection, Iterable
from time import perf_counter
from typing import Final

from shadower.application.job_execution import TIDY_SECONDS, Attempt, JobExecution
from shadower.application.known_tasks import KnownTasks
from shadower.application.ports.chance import Chance
from shadower.application.ports.clock import Clock
from shadower.application.ports.meter import Meter
from shadower.application.ports.report import Report
from shadower.application.ports.task import StopReason
from shadower.application.ports.work import BeginWork
from shadower.domain.errors import Unavailable
from shadower.domain.events.moments import SECOND
from shadower.domain.jobs.backoff import backoff
from shadower.domain.jobs.errors import ClaimLost, JobNotFound
from shadower.domain.jobs.job import LEASE, Job, Queue

_PAUSE: Final = 0.5
LONGEST_GIVING_BACK: Final = TIDY_SECONDS + 2.0
"""Seconds until a job that was told to stop is given back."""


class RunJob:
    """
    What this process has in hand.

    Whoever claims a job gets a number with it, under which alone it can be changed: a worker that was frozen or cut off
    from the store, while another took its job over, changes nothing any more.
    """

    def __init__(self, begin: BeginWork, tasks: KnownTasks, clock: Clock, chance: Chance, meter: Meter) -> None:
        self._begin = begin
        self._tasks = tasks
        self._clock = clock
        self._chance = chance
        self._meter = meter
        self._in_hand: dict[Job, JobExecution] = {}
        """By what was claimed, from before its commit."""
        self._draining = False

    async def claim(self, queue: Queue) -> Job | None:
        """Return the first job that is due, ours from now on; None when there is none. Raises StoreUnavailable."""
        kinds = self._tasks.kinds_of(queue)
        if self._draining or not kinds:
            return None
        now = self._clock.now()
        # Looking is cheap, and most looks find nothing.
        async with self._begin(reading=True) as work:
            if await work.jobs.next_due(queue, kinds, now) is None:
                return None
        return await self._claim(queue, kinds, now)

    async def __call__(self, job: Job, report: Report) -> Job | None:
        """
        Run a claimed job and return what it has become; None when another has it by now.

        `report` is told of what nobody thought of. Raises StoreUnavailable when what came of it cannot be written down
        for so long that another will do it again.
        """
        began = perf_counter()
        execution = self._in_hand[job]
        try:
            if self._draining:
                execution.stop(StopReason.DRAINING)
            attempt = await execution.run()
            if attempt.cause is not None:
                report(attempt.cause)
            became = await self._write_down(job, attempt)
        finally:
            self._let_go(job)
        if became is not None:
            self._meter.attempted(job.kind, became.state, perf_counter() - began)
        return became

    async def drain(self, within: float) -> None:
        """
        Claim nothing more and let what is in hand end within the time (seconds).

        What has not ended by then is told to stop, and given back for another to do from the start.
        """
        self._draining = True
        await _ended(self._in_hand.values(), within)
        for execution in self._in_hand.values():
            execution.stop(StopReason.DRAINING)
        await _ended(self._in_hand.values(), LONGEST_GIVING_BACK)

    async def _claim(self, queue: Queue, kinds: Collection[str], now: int) -> Job | None:
        async with self._begin() as work:
            due = await work.jobs.next_due(queue, kinds, now)
            if due is None:
                return None
            claimed = due.claim(now)
            await work.jobs.save(claimed)
            if self._draining:
                return None
            self._in_hand[claimed] = JobExecution(claimed, self._tasks.of_kind(claimed.kind), self._begin, self._clock)
            try:
                await work.commit()
            except BaseException:
                self._let_go(claimed)
                raise
        return claimed

    def _let_go(self, job: Job) -> None:
        self._in_hand.pop(job).ended.set()

    async def _write_down(self, job: Job, attempt: Attempt) -> Job | None:
        """Try for as long as nobody else can have the job."""
        deadline = asyncio.get_running_loop().time() + LEASE / SECOND
        while True:
            try:
                return await self._end(job, attempt)
            except (ClaimLost, JobNotFound):
                return None
            except Unavailable:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(_PAUSE)

    async def _end(self, job: Job, attempt: Attempt) -> Job:
        async with self._begin() as work:
            current = await work.jobs.get(job.id)
            current.check_claim(job.token)
            became = self._became(current, attempt)
            await work.jobs.save(became)
            await work.commit()
        return became

    def _became(self, current: Job, attempt: Attempt) -> Job:
        now = self._clock.now()
        current = current.beat(now, attempt.progress)
        if attempt.stopped is not None:
            return current.stop(now) if attempt.stopped is StopReason.CANCELLED else current.let_go(now)
        if attempt.error is None:
            return current.succeed(now, attempt.result, attempt.progress)
        if attempt.is_transient:
            pause = backoff(current.attempts, self._chance.fraction(), attempt.at_least)
            return current.try_later(now, attempt.error, pause)
        return current.fail(now, attempt.error)


async def _ended(executions: Iterable[JobExecution], within: float) -> None:
    waiting = [asyncio.create_task(execution.ended.wait()) for execution in executions]
    if waiting:
        _, late = await asyncio.wait(waiting, timeout=within)
        for task in late:
            task.cancel()
