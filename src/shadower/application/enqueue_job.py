"""Put work off: write it down as a job, then tell the workers."""

import json
from dataclasses import dataclass, field

from shadower.application.known_tasks import KnownTasks
from shadower.application.ports.clock import Clock
from shadower.application.ports.meter import Meter
from shadower.application.ports.secrets import Secrets
from shadower.application.ports.task import Payload
from shadower.application.ports.task_queue import QueueUnavailable, TaskQueue
from shadower.application.ports.work import BeginWork, Work
from shadower.domain.events.event import WorkspaceId
from shadower.domain.jobs.errors import IdempotencyKeyReused, JobPayloadInvalid
from shadower.domain.jobs.job import Job, NewJob, Priority

LARGEST_PAYLOAD = 16 * 1024
"""Characters of JSON: a job says what to do, and leaves what to do it with where it is."""


@dataclass(frozen=True, slots=True)
class JobOrder:
    """What is to be done."""

    kind: str
    workspace: WorkspaceId | None
    """None: the system's own."""
    payload: Payload = field(default_factory=dict)
    priority: Priority = Priority.NORMAL
    run_after: int | None = None
    """Micros; None for at once."""
    correlation_id: str | None = None
    """What it belongs to; one is made when there is none."""
    idempotency_key: str | None = None
    """Sent again with the same key, it is the same job."""


class EnqueueJob:
    """
    The row is durable before anybody is told, so a queue that is down or loses everything delays a job and loses none.

    Raises JobKindUnknown, JobPayloadInvalid, IdempotencyKeyReused, StoreUnavailable.
    """

    def __init__(
        self,
        begin: BeginWork,
        tasks: KnownTasks,
        queue: TaskQueue,
        clock: Clock,
        secrets: Secrets,
        meter: Meter,
    ) -> None:
        self._begin = begin
        self._tasks = tasks
        self._queue = queue
        self._clock = clock
        self._secrets = secrets
        self._meter = meter

    async def __call__(self, order: JobOrder) -> tuple[Job, bool]:
        """Return the job, and whether it is new: an idempotency key that is there already returns its job."""
        async with self._begin() as work:
            job, new = await self.put(work, order)
            await work.commit()
        if new:
            await self.nudge(job)
        return job, new

    async def put(self, work: Work, order: JobOrder) -> tuple[Job, bool]:
        """Do so in the caller's unit of work, who calls `nudge` after its commit."""
        job, new = await work.jobs.add(self._written(order))
        if not new and (job.kind, job.payload) != (order.kind, _text(order.payload)):
            raise IdempotencyKeyReused("A job that asks for something else has this idempotency key.")
        return job, new

    async def nudge(self, job: Job) -> None:
        """Tell workers of a job that is committed; one that is not due yet is found when it is."""
        if not job.is_due(self._clock.now()):
            return
        try:
            await self._queue.nudge(job.queue)
        except QueueUnavailable:
            self._meter.nudge_lost(job.queue)

    def _written(self, order: JobOrder) -> NewJob:
        task = self._tasks.of_kind(order.kind)
        task.check(order.payload)
        now = self._clock.now()
        run_after = now if order.run_after is None else order.run_after
        return NewJob(
            workspace=order.workspace,
            kind=task.kind,
            queue=task.queue,
            payload=_text(order.payload),
            priority=order.priority,
            limits=task.limits,
            run_after=run_after,
            correlation_id=order.correlation_id or self._secrets.event_id(now),
            idempotency_key=order.idempotency_key,
            created_at=now,
            nudged_at=now if run_after <= now else None,
        )


def _text(payload: Payload) -> str:
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    if len(text) > LARGEST_PAYLOAD:
        raise JobPayloadInvalid(f"The payload is longer than {LARGEST_PAYLOAD:,} characters.", field="payload")
    return text
