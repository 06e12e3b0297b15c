"""
A job, from waiting to its end.

    queued → running → succeeded | failed | cancelled | dead

Nothing here is undone by a crash: a job is a row before anybody is told of it, whoever works on it holds a claim with a
number that grows with every claim, and who lost its claim changes nothing any more. Instants and spans are in micros.
"""

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import NewType, Self

from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import MINUTE, SECOND
from shadower.domain.jobs.errors import ClaimLost, JobEnded, JobNotEnded, JobSucceeded

JobId = NewType("JobId", int)

LEASE = 30 * SECOND
"""A worker not heard of for this long is taken for dead. The clocks of hosts must agree much better than this."""


class Queue(StrEnum):
    """Where jobs wait. Each is worked off by the role of its name."""

    REPORTS = "report-generator"
    NOTIFICATIONS = "notification-service"
    AGGREGATION = "data-aggregator"


class Priority(IntEnum):
    """What comes first in a queue: the smaller number. Stored."""

    HIGH = 1
    NORMAL = 5
    LOW = 9


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """It cannot be done as it was asked: trying again would not help."""
    CANCELLED = "cancelled"
    DEAD = "dead"
    """It was tried as often as it may be."""

    @property
    def is_end(self) -> bool:
        """Whether nothing happens any more by itself."""
        return self not in {JobState.QUEUED, JobState.RUNNING}


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a job may run, and how often it is tried."""

    soft: int = 25 * MINUTE
    """After this it is told to stop…"""
    hard: int = 30 * MINUTE
    """…and after this nobody waits for it any longer."""
    attempts: int = 8
    """With the pauses between them, this sits out an outage of half an hour."""


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job has come."""

    done: int
    total: int | None = None
    note: str | None = None
    """What it is at, for people."""


@dataclass(frozen=True, slots=True)
class JobError:
    """Why an attempt failed: a stable code, and words that hold nothing secret."""

    code: str
    message: str


WORKER_LOST = JobError("worker_lost", "The worker that had it was not heard of any more.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What is asked for."""

    workspace: WorkspaceId | None
    """None: the system's own."""
    kind: str
    queue: Queue
    payload: str
    """A JSON object as text."""
    priority: Priority
    limits: Limits
    run_after: int
    """Not before."""
    correlation_id: str
    idempotency_key: str | None
    created_at: int
    nudged_at: int | None = None
    """When workers were last told of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(NewJob):
    """A job on record."""

    id: JobId
    state: JobState = JobState.QUEUED
    attempts: int = 0
    token: int = 0
    """The number of the latest claim."""
    heartbeat_at: int | None = None
    """When its worker was last heard of."""
    cancel_requested_at: int | None = None
    progress: JobProgress | None = None
    result: str | None = None
    """A JSON object as text."""
    error: JobError | None = None
    """Of the latest attempt that failed."""
    started_at: int | None = None
    """When the latest attempt began."""
    finished_at: int | None = None

    def is_due(self, now: int) -> bool:
        """Whether a worker may take it."""
        return self.state is JobState.QUEUED and self.run_after <= now

    def claim(self, now: int) -> Self:
        """Let a worker have it. It must be due."""
        return replace(
            self,
            state=JobState.RUNNING,
            attempts=self.attempts + 1,
            token=self.token + 1,
            heartbeat_at=now,
            started_at=now,
            progress=None,
        )

    def check_claim(self, token: int) -> None:
        """Raise ClaimLost unless the claim of this number still holds."""
        if self.state is not JobState.RUNNING or self.token != token:
            raise ClaimLost("Somebody else has this job by now.")

    def beat(self, now: int, progress: JobProgress | None) -> Self:
        """Hear of its worker."""
        return replace(self, heartbeat_at=now, progress=progress)

    def succeed(self, now: int, result: str | None, progress: JobProgress | None) -> Self:
        """End well."""
        return replace(self._ended(JobState.SUCCEEDED, now), result=result, progress=progress, error=None)

    def fail(self, now: int, error: JobError) -> Self:
        """End because it cannot be done as it was asked."""
        return replace(self._ended(JobState.FAILED, now), error=error)

    def stop(self, now: int) -> Self:
        """End because somebody asked for it, once the worker has stopped."""
        return self._ended(JobState.CANCELLED, now)

    def try_later(self, now: int, error: JobError, pause: int) -> Self:
        """Wait for the next attempt; end as dead when there is none left, as cancelled when somebody asked for it."""
        if self.cancel_requested_at is not None:
            return self.stop(now)
        if self.attempts >= self.limits.attempts:
            return replace(self._ended(JobState.DEAD, now), error=error)
        return replace(self._queued(now + pause), error=error)

    def let_go(self, now: int) -> Self:
        """Give it back unfinished, through no fault of its own: the attempt does not count."""
        if self.cancel_requested_at is not None:
            return self.stop(now)
        return replace(self._queued(now), attempts=self.attempts - 1)

    def take_back(self, now: int) -> Self:
        """Take it from a worker not heard of for too long; it stays as it is while the worker lives."""
        alive = self.heartbeat_at is not None and self.heartbeat_at > now - LEASE
        if self.state is not JobState.RUNNING or alive:
            return self
        return self.try_later(now, WORKER_LOST, 0)

    def cancel(self, now: int) -> Self:
        """
        End before it begins; one that runs is asked to stop, which its worker sees within a second or so.

        Raises JobEnded.
        """
        if self.state.is_end:
            raise JobEnded(f"This job has {_WORDS[self.state]} already.")
        if self.state is JobState.QUEUED:
            return self.stop(now)
        return replace(self, cancel_requested_at=self.cancel_requested_at or now)

    def retry(self, now: int) -> Self:
        """
        Begin anew, with all its attempts; one that waits for its next attempt need not wait any longer.

        Workers are to be told at once. Raises JobNotEnded, JobSucceeded.
        """
        if self.state is JobState.SUCCEEDED:
            raise JobSucceeded("This job has done its work; ask for a new one to do it again.")
        if self.state is JobState.RUNNING or self.is_due(now):
            raise JobNotEnded("This job is about to run, or runs: there is nothing to try again.")
        return replace(self._queued(now), attempts=0, progress=None, nudged_at=now)

    def _queued(self, run_after: int) -> Self:
        return replace(
            self,
            state=JobState.QUEUED,
            run_after=run_after,
            heartbeat_at=None,
            nudged_at=None,
            cancel_requested_at=None,
            finished_at=None,
        )

    def _ended(self, state: JobState, now: int) -> Self:
        return replace(self, state=state, heartbeat_at=None, finished_at=now)


_WORDS = {
    JobState.SUCCEEDED: "succeeded",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "been cancelled",
    JobState.DEAD: "been given up",
}
