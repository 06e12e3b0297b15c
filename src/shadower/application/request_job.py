"""Have a task done for a workspace, on request of its administrator."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from shadower.application.enqueue_job import EnqueueJob, JobOrder
from shadower.application.known_tasks import KnownTasks
from shadower.application.local_moments import instant_in, is_local
from shadower.application.ports.task import Payload
from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.jobs.errors import JobKindUnknown
from shadower.domain.jobs.job import Job, Priority
from shadower.domain.metrics.zones import time_zone


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What somebody wants done."""

    kind: str
    payload: Payload = field(default_factory=dict)
    priority: Priority = Priority.NORMAL
    run_after: str | None = None
    """RFC 3339, or a date or time in the workspace's time zone; None for at once."""
    idempotency_key: str | None = None


class RequestJob:
    """
    Not every task can be asked for: some are the system's own.

    Raises JobKindUnknown, JobPayloadInvalid, MomentInvalid, IdempotencyKeyReused, StoreUnavailable.
    """

    def __init__(self, begin: BeginWork, tasks: KnownTasks, enqueue: EnqueueJob) -> None:
        self._begin = begin
        self._tasks = tasks
        self._enqueue = enqueue

    async def __call__(
        self, workspace: WorkspaceId, request: JobRequest, *, correlation_id: str | None
    ) -> tuple[Job, bool]:
        """Return the job, and whether it is new."""
        kinds = [task.kind for task in self._tasks.on_request()]
        if request.kind not in kinds:
            told = f"There is no task {request.kind[:100]!r} to ask for. There are {', '.join(kinds)}."
            raise JobKindUnknown(told, field="kind")
        order = JobOrder(
            kind=request.kind,
            workspace=workspace,
            payload=request.payload,
            priority=request.priority,
            run_after=await self._moment(workspace, request.run_after),
            correlation_id=correlation_id,
            idempotency_key=request.idempotency_key,
        )
        return await self._enqueue(order)

    async def _moment(self, workspace: WorkspaceId, text: str | None) -> int | None:
        if text is None:
            return None
        zone = ZoneInfo("UTC")
        if is_local(text):
            async with self._begin(reading=True) as work:
                zone = time_zone((await work.workspaces.get(workspace)).time_zone)
        return instant_in(text, zone, "run_after")
