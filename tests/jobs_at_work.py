"""Tasks that do what a test tells them, and everything that runs them, on any store."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from shadower.adapters.memory.task_queues import ManualTaskQueue
from shadower.adapters.system.meter import SilentMeter
from shadower.adapters.system.secrets import SystemSecrets
from shadower.application.enqueue_job import EnqueueJob, JobOrder
from shadower.application.known_tasks import KnownTasks
from shadower.application.ports.task import JobContext, Payload, Task
from shadower.application.run_job import RunJob
from shadower.application.sweep_jobs import SweepJobs
from shadower.application.take_job import TakeJob
from shadower.domain.events.event import WorkspaceId
from shadower.domain.jobs.job import Job, JobId, JobState, Limits, Queue
from tests.kept import NoChance
from tests.stores import OpenStore

WORKSPACE = WorkspaceId(1)

Deed = Callable[[Payload, JobContext], Awaitable[Payload | None]]


class Doing(Task):
    """Does the deed it was given."""

    kind: ClassVar[str] = "tests.doing"
    title: ClassVar[str] = "Do what a test wants"
    queue: ClassVar[Queue] = Queue.AGGREGATION

    def __init__(self, deed: Deed, limits: Limits | None = None) -> None:
        self._deed = deed
        self.limits = limits or Limits()  # type: ignore[misc]  # of this one task

    def check(self, payload: Payload) -> None:
        """Take anything."""

    async def __call__(self, payload: Payload, context: JobContext) -> Payload | None:
        return await self._deed(payload, context)


class Counting(SilentMeter):
    """Remembers what became of jobs."""

    def __init__(self) -> None:
        self.became: list[JobState] = []
        self.lost: list[Queue] = []

    def attempted(self, kind: str, became: JobState, seconds: float) -> None:
        self.became.append(became)

    def nudge_lost(self, queue: Queue) -> None:
        self.lost.append(queue)


@dataclass
class Workshop:
    """One process that has jobs to do."""

    store: OpenStore
    tasks: Sequence[Task]
    reported: list[Exception] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.meter = Counting()
        self.known = KnownTasks(lambda: self.tasks)
        self.run_job = RunJob(self.store.begin, self.known, self.store.clock, NoChance(), self.meter)
        self.queue = ManualTaskQueue(lambda: self.take)
        self.enqueue = EnqueueJob(
            self.store.begin, self.known, self.queue, self.store.clock, SystemSecrets(), self.meter
        )
        self.sweep = SweepJobs(self.store.begin, self.queue, self.store.clock)
        self.take = TakeJob(self.run_job, self.reported.append)

    async def add(self, kind: str = Doing.kind, **payload: object) -> Job:
        job, _ = await self.enqueue(JobOrder(kind, WORKSPACE, payload))
        return job

    async def read(self, job: JobId) -> Job:
        async with self.store.begin(reading=True) as work:
            return await work.jobs.get(job)

    async def until(self, job: JobId, true: Callable[[Job], bool], within: float = 10.0) -> None:
        """Return as soon as it is true of the job, and fail when it does not become so."""
        async with asyncio.timeout(within):
            while not true(await self.read(job)):  # noqa: ASYNC110 - another process may change it
                await asyncio.sleep(0.01)

    async def done(self, kind: str = Doing.kind, **payload: object) -> Job:
        """Put a job off, run everything that is due, and return what became of it."""
        job = await self.add(kind, **payload)
        await self.queue.run()
        return await self.read(job.id)


async def for_ever(_payload: Payload, _context: JobContext) -> Payload | None:
    """A deed that ends only when it is told to."""
    await asyncio.Event().wait()
    return None
