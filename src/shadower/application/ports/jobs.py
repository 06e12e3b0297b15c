"""The jobs on record, as units of work see them."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import since
from shadower.domain.jobs.job import Job, JobId, JobState, NewJob, Queue


@dataclass(frozen=True, slots=True)
class JobCriteria:
    """Which jobs are wanted; what is None does not matter."""

    workspace: WorkspaceId
    system_too: bool = False
    """Whether those of the system are wanted as well."""
    kind: str | None = None
    state: JobState | None = None
    queue: Queue | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much there is to do in one queue."""

    queue: Queue
    due: int
    running: int
    oldest_due_at: int | None
    """Micros: since when the job that waits longest could run."""
    dead: int
    """On record, whichever process ran them."""

    def waits(self, now: int) -> int | None:
        """Return how long (micros) that job waits; None when none is due."""
        return since(self.oldest_due_at, now)


class Jobs(Protocol):
    """
    Rows that outlive every queue and every worker.

    A job carries what every reader needs to decide what may happen to it; so `save` writes the whole of it, and only
    what this unit of work has locked.
    """

    @abstractmethod
    async def add(self, job: NewJob) -> tuple[Job, bool]:
        """
        Return the new job and True.

        Where a job of the same workspace (or of the system) has its idempotency key: that job, unchanged, and False,
        decided at once, never at commit.
        """

    @abstractmethod
    async def get(self, job: JobId) -> Job:
        """Return a private copy, locked until the unit of work ends. Raises JobNotFound."""

    @abstractmethod
    async def save(self, job: Job) -> None:
        """Write the job, which this unit of work has locked."""

    @abstractmethod
    async def next_due(self, queue: Queue, kinds: Collection[str], now: int) -> Job | None:
        """
        Return the job of these kinds that comes first among those due, locked until the unit of work ends.

        First comes the smaller priority, then who waits longer. Jobs that others have locked are passed over, not
        waited for: so two workers never get the same one.
        """

    @abstractmethod
    async def unheard(self, since: int, limit: int) -> Sequence[JobId]:
        """Return running jobs whose worker was last heard of then or before, longest first."""

    @abstractmethod
    async def unnudged(self, now: int, before: int, limit: int) -> Sequence[Job]:
        """Return jobs that are due and of which workers were not told since they are, or last before then; in order."""

    @abstractmethod
    async def mark_nudged(self, jobs: Collection[JobId], at: int) -> None:
        """Note that workers are told of these jobs; those no longer queued are left alone."""

    @abstractmethod
    async def list(self, wanted: JobCriteria, limit: int, before: JobId | None = None) -> Sequence[Job]:
        """Return jobs, newest first by id."""

    @abstractmethod
    async def backlog(self, now: int) -> Sequence[Backlog]:
        """Return the backlog of every queue there is, in the order of `Queue`."""
