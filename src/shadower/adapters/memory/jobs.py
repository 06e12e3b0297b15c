"""Jobs in memory."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields, replace

from shadower.adapters.memory.views import Views
from shadower.application.ports.jobs import Backlog, JobCriteria, Jobs
from shadower.domain.jobs.errors import JobNotFound
from shadower.domain.jobs.job import Job, JobId, JobState, NewJob, Queue


class MemoryJobs(Jobs):
    """Jobs by number; a lock on the idempotency key keeps it unique."""

    def __init__(self, views: Views, numbers: Iterator[int]) -> None:
        self._rows = views.jobs
        self._keys = views.job_keys
        self._numbers = numbers

    async def add(self, job: NewJob) -> tuple[Job, bool]:
        key = None if job.idempotency_key is None else (job.workspace, job.idempotency_key)
        known = None if key is None else await self._keys.lock(key)
        found = None if known is None else self._rows.find(known)
        if found is not None:
            return found, False
        told = {field.name: getattr(job, field.name) for field in fields(NewJob)}
        added = Job(id=JobId(next(self._numbers)), **told)
        if key is not None:
            self._keys.put(key, added.id)
        self._rows.put(added.id, added)
        return added, True

    async def get(self, job: JobId) -> Job:
        found = await self._rows.lock(job)
        if found is None:
            raise JobNotFound("There is no such job.")
        return found

    async def save(self, job: Job) -> None:
        self._rows.put(job.id, job)

    async def next_due(self, queue: Queue, kinds: Collection[str], now: int) -> Job | None:
        wanted = (job for job in self._due(now) if job.queue is queue and job.kind in kinds)
        for job in sorted(wanted, key=_turn):
            locked = await self._rows.lock(job.id) if self._rows.is_free(job.id) else None
            if locked is not None and locked.is_due(now):
                return locked
        return None

    async def unheard(self, since: int, limit: int) -> Sequence[JobId]:
        running = [job for job in self._rows.newest_first() if job.state is JobState.RUNNING]
        lost = [job for job in running if (job.heartbeat_at or 0) <= since]
        return [job.id for job in sorted(lost, key=lambda job: (job.heartbeat_at or 0, job.id))[:limit]]

    async def unnudged(self, now: int, before: int, limit: int) -> Sequence[Job]:
        return sorted((job for job in self._due(now) if (job.nudged_at or 0) < before), key=_turn)[:limit]

    async def mark_nudged(self, jobs: Collection[JobId], at: int) -> None:
        for number in sorted(jobs):  # always in one order, so that two units never wait for each other
            job = await self._rows.lock(number)
            if job is not None and job.state is JobState.QUEUED:
                self._rows.put(number, replace(job, nudged_at=at))

    async def list(self, wanted: JobCriteria, limit: int, before: JobId | None = None) -> Sequence[Job]:
        found: list[Job] = []
        for job in sorted(self._rows.newest_first(), key=lambda job: -job.id):
            if len(found) == limit:
                break
            if _is_wanted(job, wanted) and (before is None or job.id < before):
                found.append(job)
        return found

    async def backlog(self, now: int) -> Sequence[Backlog]:
        jobs = list(self._rows.newest_first())
        return [_backlog(queue, [job for job in jobs if job.queue is queue], now) for queue in Queue]

    async def clear(self, before: int) -> None:
        """Remove the jobs that ended before then (micros)."""
        old = [job.id for job in self._rows.newest_first() if _ended_before(job, before)]
        for number in sorted(old):
            job = await self._rows.lock(number)
            if job is None or not _ended_before(job, before):  # it was begun anew while we waited
                continue
            self._rows.remove(number)
            if job.idempotency_key is not None:
                await self._keys.lock((job.workspace, job.idempotency_key))
                self._keys.remove((job.workspace, job.idempotency_key))

    def _due(self, now: int) -> Iterator[Job]:
        return (job for job in self._rows.newest_first() if job.is_due(now))


def _ended_before(job: Job, moment: int) -> bool:
    return job.finished_at is not None and job.finished_at < moment


def _turn(job: Job) -> tuple[int, int, int]:
    return job.priority, job.run_after, job.id


def _is_wanted(job: Job, wanted: JobCriteria) -> bool:
    ours = job.workspace == wanted.workspace or (job.workspace is None and wanted.system_too)
    return (
        ours
        and (wanted.kind is None or job.kind == wanted.kind)
        and (wanted.state is None or job.state is wanted.state)
        and (wanted.queue is None or job.queue is wanted.queue)
    )


def _backlog(queue: Queue, jobs: Sequence[Job], now: int) -> Backlog:
    due = [job.run_after for job in jobs if job.is_due(now)]
    running = sum(job.state is JobState.RUNNING for job in jobs)
    dead = sum(job.state is JobState.DEAD for job in jobs)
    return Backlog(queue, len(due), running, min(due, default=None), dead)
