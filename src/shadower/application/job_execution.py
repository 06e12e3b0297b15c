"""One attempt at a job: the task at work, and an eye on whether it still may be."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from shadower.application.ports.clock import Clock
from shadower.application.ports.task import JobContext, Payload, StopReason, Task
from shadower.application.ports.work import BeginWork
from shadower.domain.errors import TRANSIENT, ShadowerError, Unavailable
from shadower.domain.events.moments import SECOND
from shadower.domain.jobs.errors import ClaimLost, JobNotFound, JobTimeLimit
from shadower.domain.jobs.job import Job, JobError, JobProgress

LOOK_EVERY: Final = 1.0
"""Seconds between looks at whether somebody wants it to stop."""
BEAT_EVERY: Final = 10 * SECOND
"""Micros between signs of life, a third of the lease."""
TIDY_SECONDS: Final = 10.0
"""How long a task that is told to stop may take to leave everything in order."""

_BROKEN: Final = JobError("internal_error", "Something went wrong here. The log has more, under the job's id.")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of it: either it was done, or it was stopped, or there is an error."""

    result: str | None = None
    stopped: StopReason | None = None
    error: JobError | None = None
    is_transient: bool = False
    at_least: int = 0
    """Micros to wait before the next attempt, where whoever failed said so."""
    cause: Exception | None = None
    """What nobody thought of, to be reported."""
    progress: JobProgress | None = None


class JobExecution:
    """Runs the task of a claimed job until it ends, is told to stop, or runs out of time."""

    def __init__(self, job: Job, task: Task, begin: BeginWork, clock: Clock, *, look_every: float = LOOK_EVERY) -> None:
        self.ended = asyncio.Event()
        """To be set when the job is written down."""
        self._job = job
        self._task = task
        self._begin = begin
        self._clock = clock
        self._look_every = look_every
        self._context = JobContext(job)
        self._told_to_stop = asyncio.Event()
        self._beaten_at = clock.now()
        self._written: JobProgress | None = None

    def stop(self, reason: StopReason) -> None:
        """Tell the task to stop; the first reason counts."""
        if self._context.stopping is None:
            self._context.stopping = reason
            self._told_to_stop.set()

    async def run(self) -> Attempt:
        """Return what came of it. Never raises what the task raises."""
        payload: Payload = json.loads(self._job.payload)
        work = asyncio.create_task(self._call(payload), name=f"job-{self._job.id}")
        try:
            await self._watch(work)
            if not work.done():
                work.cancel()
                await self._wait(work)
        except BaseException:
            work.cancel()  # this process ends here and now; the sweeper finds the job
            raise
        return self._told(work)

    async def _call(self, payload: Payload) -> Payload | None:
        return await self._task(payload, self._context)

    async def _watch(self, work: asyncio.Task[Payload | None]) -> None:
        """Return when the task has ended, or is to stop."""
        loop = asyncio.get_running_loop()
        soft = loop.time() + self._job.limits.soft / SECOND
        stop = asyncio.create_task(self._told_to_stop.wait(), name=f"stop-job-{self._job.id}")
        try:
            while not work.done() and self._context.stopping is None:
                left = soft - loop.time()
                if left <= 0:
                    self.stop(StopReason.OVERTIME)
                    return
                pause = min(left, self._look_every)
                await asyncio.wait({work, stop}, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                if not work.done() and not stop.done():
                    await self._look()
        finally:
            stop.cancel()

    async def _wait(self, work: asyncio.Task[Payload | None]) -> None:
        """Return when the task has left everything in order, or has had its time for that; the job stays ours."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._tidy_seconds()
        while not work.done() and (left := until - loop.time()) > 0:
            await asyncio.wait({work}, timeout=min(left, self._look_every))
            if not work.done():
                await self._look()

    async def _look(self) -> None:
        """Give a sign of life when it is time for one, and see whether the job is still ours and wanted."""
        now = self._clock.now()
        beats = self._context.latest != self._written or abs(now - self._beaten_at) >= BEAT_EVERY
        # A store that is away for a while stops nothing; should another worker get the job meanwhile, we learn of it.
        with suppress(Unavailable):
            try:
                current = await (self._beat(now) if beats else self._current())
                current.check_claim(self._job.token)
            except (ClaimLost, JobNotFound):
                self.stop(StopReason.CLAIM_LOST)
            else:
                if current.cancel_requested_at is not None:
                    self.stop(StopReason.CANCELLED)

    async def _current(self) -> Job:
        async with self._begin(reading=True) as work:
            return await work.jobs.get(self._job.id)

    async def _beat(self, now: int) -> Job:
        latest = self._context.latest
        async with self._begin() as work:
            current = await work.jobs.get(self._job.id)
            current.check_claim(self._job.token)
            current = current.beat(now, latest)
            await work.jobs.save(current)
            await work.commit()
        self._beaten_at, self._written = now, latest
        return current

    def _tidy_seconds(self) -> float:
        if self._context.stopping is StopReason.OVERTIME:
            return (self._job.limits.hard - self._job.limits.soft) / SECOND
        return TIDY_SECONDS

    def _told(self, work: asyncio.Task[Payload | None]) -> Attempt:
        progress, stopping = self._context.latest, self._context.stopping
        if not work.done():
            # Nobody waits for it any longer. Whatever it still does, it cannot change the job.
            work.add_done_callback(_forget)
            return self._stopped(stopping, progress)
        error = None if work.cancelled() else work.exception()
        if not work.cancelled() and error is None:
            return self._done(work.result(), progress)
        if stopping is not None:
            return self._stopped(stopping, progress)
        if isinstance(error, ShadowerError):
            pause = error.retry_after * SECOND if isinstance(error, Unavailable) else 0
            told = JobError(error.code, error.message)
            return Attempt(error=told, is_transient=isinstance(error, TRANSIENT), at_least=pause, progress=progress)
        cause = error if isinstance(error, Exception) else RuntimeError(f"The task {self._task.kind} gave up.")
        return self._broken(cause, progress)

    def _done(self, result: Payload | None, progress: JobProgress | None) -> Attempt:
        try:
            text = None if result is None else json.dumps(result, separators=(",", ":"))
        except (TypeError, ValueError) as error:
            return self._broken(error, progress)
        return Attempt(result=text, progress=progress)

    def _stopped(self, reason: StopReason | None, progress: JobProgress | None) -> Attempt:
        if reason is not StopReason.OVERTIME:
            return Attempt(stopped=reason, progress=progress)
        minutes = self._job.limits.soft / SECOND / 60
        told = JobTimeLimit(f"It did not end within {minutes:g} minutes.")
        return Attempt(error=JobError(told.code, told.message), progress=progress)

    def _broken(self, cause: Exception, progress: JobProgress | None) -> Attempt:
        cause.add_note(f"In job {self._job.id}, a {self._task.kind}, correlation id {self._job.correlation_id}.")
        return Attempt(error=_BROKEN, cause=cause, progress=progress)


def _forget(work: asyncio.Task[Payload | None]) -> None:
    if not work.cancelled():
        work.exception()
