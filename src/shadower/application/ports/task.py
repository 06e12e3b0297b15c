"""
What a background task is.

A task is one small file in `application/tasks` and one line in the container's `tasks`.
"""

from abc import abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from shadower.domain.events.event import WorkspaceId
from shadower.domain.jobs.errors import JobPayloadInvalid, JobWorkspaceMissing
from shadower.domain.jobs.job import Job, JobId, JobProgress, Limits, Queue

Payload = Mapping[str, Any]
"""A JSON object."""


class StopReason(StrEnum):
    """Why a task is told to stop."""

    CANCELLED = "cancelled"
    OVERTIME = "overtime"
    DRAINING = "draining"
    """The process ends; another goes on with the job from the start."""
    CLAIM_LOST = "claim_lost"
    """Another worker has the job by now."""


class JobContext:
    """What a task knows of its job, and where it tells how far it has come."""

    def __init__(self, job: Job) -> None:
        self.job: JobId = job.id
        self.attempt = job.attempts
        """1, 2, 3…"""
        self.correlation_id = job.correlation_id
        self.idempotency_key = job.idempotency_key or f"job-{job.id}"
        """The same at every attempt: for whoever outside must not do the same thing twice."""
        self.stopping: StopReason | None = None
        """
        Why the task is to stop.

        A coroutine is cancelled then and need not look; work in a thread, which nobody can cancel, looks here.
        """
        self.latest: JobProgress | None = None
        self._workspace = job.workspace

    @property
    def workspace(self) -> WorkspaceId:
        """Whose job it is. Raises JobWorkspaceMissing for one of the system."""
        if self._workspace is None:
            raise JobWorkspaceMissing("This task works on a workspace, and the job is the system's own.")
        return self._workspace

    def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
        """Tell how far it has come, as often as wanted: about once a second the latest is written down."""
        self.latest = JobProgress(done, total, note)


class Task(Protocol):
    """
    Something done in the background, at least once for each job, and again after a crash: so once more must do no harm.

    An error of a category in `domain.errors.TRANSIENT` is tried again; any other ends the job as failed.
    """

    kind: ClassVar[str]
    """What jobs call it: words joined by dots. For good: rows know it."""
    title: ClassVar[str]
    """What people call it."""
    queue: ClassVar[Queue]
    limits: ClassVar[Limits] = Limits()
    on_request: ClassVar[bool] = False
    """Whether an administrator of a workspace may ask for it through the API."""

    def check(self, payload: Payload) -> None:
        """Raise JobPayloadInvalid for what it can do nothing with; by default, for anything but nothing."""
        unknown = sorted(set(payload) - {"slot"})
        if unknown:
            raise JobPayloadInvalid(f"{self.kind} takes no {', '.join(map(repr, unknown))}.", field="payload")

    @abstractmethod
    async def __call__(self, payload: Payload, context: JobContext) -> Payload | None:
        """Do it, and return what came of it for people to see."""
