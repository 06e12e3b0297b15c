"""Jobs in SQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.owners import SYSTEM, owner, workspace_of
from shadower.adapters.sql.schema import jobs
from shadower.adapters.sql.upsert import insert_into
from shadower.application.ports.jobs import Backlog, JobCriteria, Jobs
from shadower.domain.jobs.errors import JobNotFound
from shadower.domain.jobs.job import Job, JobError, JobId, JobProgress, JobState, Limits, NewJob, Priority, Queue

_KEY = ("workspace_id", "idempotency_key")
_DEAD = jobs.c.state == literal_column(f"'{JobState.DEAD.value}'")
"""In the words of the index of dead jobs: they are few among those that have ended."""


class SqlJobs(Jobs):
    """Rows of `jobs`."""

    def __init__(self, connection: AsyncConnection, *, locking: bool = True) -> None:
        """`locking` whether what is read one by one is locked."""
        self._connection = connection
        self._locking = locking

    async def add(self, job: NewJob) -> tuple[Job, bool]:
        """See the port."""
        statement = insert_into(self._connection, jobs).values(_new(job))
        known = [jobs.c[name] for name in _KEY]
        statement = statement.on_conflict_do_nothing(
            index_elements=known, index_where=jobs.c.idempotency_key.is_not(None)
        )
        row = (await self._connection.execute(statement.returning(jobs))).one_or_none()
        if row is not None:
            return _job(row), True
        there = select(jobs).where(
            jobs.c.workspace_id == owner(job.workspace), jobs.c.idempotency_key == job.idempotency_key
        )
        return _job((await self._connection.execute(there)).one()), False

    async def get(self, job: JobId) -> Job:
        """See the port."""
        statement = select(jobs).where(jobs.c.id == job)
        if self._locking:
            statement = statement.with_for_update()
        row = (await self._connection.execute(statement)).one_or_none()
        if row is None:
            raise JobNotFound("There is no such job.")
        return _job(row)

    async def save(self, job: Job) -> None:
        """See the port."""
        await self._connection.execute(update(jobs).where(jobs.c.id == job.id).values(_state(job)))

    async def next_due(self, queue: Queue, kinds: Collection[str], now: int) -> Job | None:
        """See the port."""
        statement = _in_turn(select(jobs).where(_due(now), jobs.c.queue == queue.value, jobs.c.kind.in_(kinds)))
        if self._locking:
            statement = statement.with_for_update(skip_locked=True)
        row = (await self._connection.execute(statement.limit(1))).one_or_none()
        return None if row is None else _job(row)

    async def unheard(self, since: int, limit: int) -> Sequence[JobId]:
        """See the port."""
        lost = (jobs.c.state == JobState.RUNNING.value) & (jobs.c.heartbeat_at <= since)
        statement = select(jobs.c.id).where(lost).order_by(jobs.c.heartbeat_at, jobs.c.id).limit(limit)
        return [JobId(number) for number in (await self._connection.scalars(statement)).all()]

    async def unnudged(self, now: int, before: int, limit: int) -> Sequence[Job]:
        """See the port."""
        untold = or_(jobs.c.nudged_at.is_(None), jobs.c.nudged_at < before)
        rows = await self._connection.execute(_in_turn(select(jobs).where(_due(now), untold)).limit(limit))
        return [_job(row) for row in rows.all()]

    async def mark_nudged(self, jobs_told: Collection[JobId], at: int) -> None:
        """See the port."""
        waiting = jobs.c.id.in_(jobs_told) & (jobs.c.state == JobState.QUEUED.value)
        await self._connection.execute(update(jobs).where(waiting).values(nudged_at=at))

    async def list(self, wanted: JobCriteria, limit: int, before: JobId | None = None) -> Sequence[Job]:
        """See the port."""
        owners = [wanted.workspace, *([SYSTEM] if wanted.system_too else [])]
        statement = select(jobs).where(jobs.c.workspace_id.in_(owners))
        if wanted.kind is not None:
            statement = statement.where(jobs.c.kind == wanted.kind)
        if wanted.state is not None:
            statement = statement.where(jobs.c.state == wanted.state.value)
        if wanted.queue is not None:
            statement = statement.where(jobs.c.queue == wanted.queue.value)
        if before is not None:
            statement = statement.where(jobs.c.id < before)
        rows = await self._connection.execute(statement.order_by(jobs.c.id.desc()).limit(limit))
        return [_job(row) for row in rows.all()]

    async def backlog(self, now: int) -> Sequence[Backlog]:
        """See the port."""
        due = select(jobs.c.queue, func.count(), func.min(jobs.c.run_after)).where(_due(now)).group_by(jobs.c.queue)
        running = (
            select(jobs.c.queue, func.count()).where(jobs.c.state == JobState.RUNNING.value).group_by(jobs.c.queue)
        )
        dead = select(jobs.c.queue, func.count()).where(_DEAD).group_by(jobs.c.queue)
        waiting = {row[0]: (row[1], row[2]) for row in (await self._connection.execute(due)).all()}
        at_work = {row[0]: row[1] for row in (await self._connection.execute(running)).all()}
        given_up = {row[0]: row[1] for row in (await self._connection.execute(dead)).all()}
        return [
            Backlog(each, count, at_work.get(each, 0), oldest, given_up.get(each, 0))
            for each in Queue
            for count, oldest in [waiting.get(each, (0, None))]
        ]


def _due(now: int) -> ColumnElement[bool]:
    return (jobs.c.state == JobState.QUEUED.value) & (jobs.c.run_after <= now)


def _in_turn(statement: Select[Any]) -> Select[Any]:
    return statement.order_by(jobs.c.priority, jobs.c.run_after, jobs.c.id)


def _new(job: NewJob) -> Mapping[str, object]:
    return {
        "workspace_id": owner(job.workspace),
        "kind": job.kind,
        "queue": job.queue.value,
        "payload": job.payload,
        "state": JobState.QUEUED.value,
        "priority": int(job.priority),
        "soft_limit": job.limits.soft,
        "hard_limit": job.limits.hard,
        "most_attempts": job.limits.attempts,
        "attempts": 0,
        "token": 0,
        "correlation_id": job.correlation_id,
        "idempotency_key": job.idempotency_key,
        "run_after": job.run_after,
        "nudged_at": job.nudged_at,
        "created_at": job.created_at,
    }


def _state(job: Job) -> Mapping[str, object]:
    """Return what changes in the life of a job."""
    progress, error = job.progress, job.error
    return {
        "state": job.state.value,
        "attempts": job.attempts,
        "token": job.token,
        "run_after": job.run_after,
        "nudged_at": job.nudged_at,
        "heartbeat_at": job.heartbeat_at,
        "cancel_requested_at": job.cancel_requested_at,
        "progress_done": None if progress is None else progress.done,
        "progress_total": None if progress is None else progress.total,
        "progress_note": None if progress is None else progress.note,
        "result": job.result,
        "error_code": None if error is None else error.code,
        "error_message": None if error is None else error.message,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
    }


def _job(row: Row[Any]) -> Job:
    return Job(
        id=JobId(row.id),
        workspace=workspace_of(row.workspace_id),
        kind=row.kind,
        queue=Queue(row.queue),
        payload=row.payload,
        state=JobState(row.state),
        priority=Priority(row.priority),
        limits=Limits(row.soft_limit, row.hard_limit, row.most_attempts),
        attempts=row.attempts,
        token=row.token,
        correlation_id=row.correlation_id,
        idempotency_key=row.idempotency_key,
        run_after=row.run_after,
        nudged_at=row.nudged_at,
        heartbeat_at=row.heartbeat_at,
        cancel_requested_at=row.cancel_requested_at,
        progress=None
        if row.progress_done is None
        else JobProgress(row.progress_done, row.progress_total, row.progress_note),
        result=row.result,
        error=None if row.error_code is None else JobError(row.error_code, row.error_message),
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
