"""Jobs and schedules, as they are answered and asked for."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from shadower.application.list_schedules import ScheduleStatus
from shadower.application.page import Page
from shadower.application.ports.task import Task
from shadower.application.request_job import JobRequest
from shadower.domain.jobs.job import Job, JobId, JobState, Priority, Queue
from shadower.domain.schedules.schedule import Missed
from shadower.entrypoints.http.cursors import cursor_of
from shadower.entrypoints.http.wire.times import utc, utc_or_none

_NOT_BEFORE = Meta(
    description="Not before: RFC 3339, or a date or time in the workspace's time zone.", min_length=1, max_length=64
)
_KEY = Meta(description="Sent again with the same key, it is the same job.", min_length=1, max_length=200)

PriorityName = Literal["high", "normal", "low"]


class ProgressOut(Struct, frozen=True):
    """How far a job has come: `done` of `total`, where that is known."""

    done: int
    total: int | None
    note: str | None


class JobErrorOut(Struct, frozen=True):
    """Why the latest attempt failed. `code` is stable."""

    code: str
    message: str


class JobOut(Struct, frozen=True):
    """
    A job.

    `queued` with an error waits for its next attempt, at `run_after`. `failed` cannot be done as it was asked; `dead`
    was tried as often as it may be. `cancelling`: it runs, and is told to stop. `system`: it is no workspace's.
    """

    id: int
    kind: str
    queue: Queue
    state: JobState
    cancelling: bool
    priority: PriorityName
    system: bool
    payload: Mapping[str, Any]
    progress: ProgressOut | None
    result: Mapping[str, Any] | None
    error: JobErrorOut | None
    attempts: int
    most_attempts: int
    correlation_id: str
    idempotency_key: str | None
    created_at: str
    run_after: str
    started_at: str | None
    finished_at: str | None


class JobPage(Struct, frozen=True):
    """One page of jobs."""

    items: Sequence[JobOut]
    next_cursor: str | None


class JobIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be done. `GET /jobs/kinds` lists the kinds."""

    kind: Annotated[str, Meta(description="Of the task.", examples=["rollups.verify"])]
    payload: Annotated[Mapping[str, Any], Meta(description="What the task is given.")] = field(default_factory=dict)
    priority: PriorityName = "normal"
    run_after: Annotated[str, _NOT_BEFORE] | None = None
    idempotency_key: Annotated[str, _KEY] | None = None


class JobKindOut(Struct, frozen=True):
    """A task that can be asked for."""

    kind: str
    title: str
    queue: Queue


class JobKindPage(Struct, frozen=True):
    """One page of tasks that can be asked for."""

    items: Sequence[JobKindOut]
    next_cursor: str | None


class ScheduleOut(Struct, frozen=True):
    """
    A schedule, as it is for the workspace. `system`: it goes by UTC, and its jobs are no workspace's.

    `missed` says what becomes of slots that came while nothing ran, `last_state` what became of the latest one's job.
    """

    name: str
    cron: str
    time_zone: str
    kind: str
    missed: Missed
    system: bool
    next_at: str
    last_at: str | None
    last_state: JobState | None


class SchedulePage(Struct, frozen=True):
    """One page of schedules."""

    items: Sequence[ScheduleOut]
    next_cursor: str | None


def job_out(job: Job) -> JobOut:
    """Return the job as it is answered."""
    progress, error = job.progress, job.error
    return JobOut(
        id=job.id,
        kind=job.kind,
        queue=job.queue,
        state=job.state,
        cancelling=job.state is JobState.RUNNING and job.cancel_requested_at is not None,
        priority=_name(job.priority),
        system=job.workspace is None,
        payload=json.loads(job.payload),
        progress=None if progress is None else ProgressOut(progress.done, progress.total, progress.note),
        result=None if job.result is None else json.loads(job.result),
        error=None if error is None else JobErrorOut(error.code, error.message),
        attempts=job.attempts,
        most_attempts=job.limits.attempts,
        correlation_id=job.correlation_id,
        idempotency_key=job.idempotency_key,
        created_at=utc(job.created_at),
        run_after=utc(job.run_after),
        started_at=utc_or_none(job.started_at),
        finished_at=utc_or_none(job.finished_at),
    )


def page_out(page: Page[Job, JobId]) -> JobPage:
    """Return the page as it is answered."""
    return JobPage([job_out(job) for job in page.items], None if page.next is None else cursor_of("jobs", page.next))


def job_request(sent: JobIn) -> JobRequest:
    """Return what is asked for."""
    return JobRequest(sent.kind, sent.payload, Priority[sent.priority.upper()], sent.run_after, sent.idempotency_key)


def kind_out(task: Task) -> JobKindOut:
    """Return the task as it is answered."""
    return JobKindOut(task.kind, task.title, task.queue)


def schedule_out(status: ScheduleStatus) -> ScheduleOut:
    """Return the schedule as it is answered."""
    schedule = status.schedule
    return ScheduleOut(
        schedule.name,
        schedule.cron,
        status.zone.key,
        schedule.kind,
        schedule.missed,
        not schedule.each_workspace,
        utc(status.next_at),
        utc_or_none(status.last_at),
        None if status.last_job is None else status.last_job.state,
    )


def _name(priority: Priority) -> PriorityName:
    name: PriorityName = priority.name.lower()  # type: ignore[assignment]
    return name
