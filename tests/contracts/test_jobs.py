"""Jobs: each is worked on by one worker at a time, in turn, and none is lost sight of."""

import asyncio
from collections.abc import Sequence
from dataclasses import fields, replace

import pytest

from shadower.application.ports.jobs import Backlog, JobCriteria
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import DAY, HOUR, MINUTE, SECOND
from shadower.domain.jobs.errors import ClaimLost, JobNotFound
from shadower.domain.jobs.job import (
    LEASE,
    Job,
    JobError,
    JobId,
    JobProgress,
    JobState,
    Limits,
    NewJob,
    Priority,
    Queue,
)
from shadower.testing import NOW, a_job
from tests.patience import SOON
from tests.stores import OpenStore

WORKSPACE = WorkspaceId(1)
KINDS = {"tests.nothing"}


async def added(store: OpenStore, *jobs: NewJob) -> list[Job]:
    async with store.begin() as work:
        found = [(await work.jobs.add(job))[0] for job in jobs]
        await work.commit()
    return found


async def read(store: OpenStore, job: JobId) -> Job:
    async with store.begin(reading=True) as work:
        return await work.jobs.get(job)


async def saved(store: OpenStore, job: Job) -> Job:
    async with store.begin() as work:
        await work.jobs.get(job.id)
        await work.jobs.save(job)
        await work.commit()
    return job


async def claimed(store: OpenStore, queue: Queue = Queue.AGGREGATION, now: int = NOW) -> Job | None:
    """Do as a worker does."""
    async with store.begin() as work:
        due = await work.jobs.next_due(queue, KINDS, now)
        if due is None:
            return None
        job = due.claim(now)
        await work.jobs.save(job)
        await work.commit()
    return job


async def listed(store: OpenStore, limit: int = 100, before: JobId | None = None, **wanted: object) -> list[JobId]:
    criteria = replace(JobCriteria(WORKSPACE), **wanted)  # type: ignore[arg-type]
    async with store.begin(reading=True) as work:
        return ids(await work.jobs.list(criteria, limit, before))


def ids(jobs: Sequence[Job]) -> list[JobId]:
    return [job.id for job in jobs]


async def test_a_new_job_is_queued_and_holds_what_was_asked(store: OpenStore) -> None:
    asked = a_job(
        payload='{"code":"x"}', priority=Priority.HIGH, limits=Limits(1, 2, 3), run_after=NOW + 1, idempotency_key="k"
    )
    (job,) = await added(store, asked)
    assert {field.name: getattr(job, field.name) for field in fields(NewJob)} == {
        field.name: getattr(asked, field.name) for field in fields(NewJob)
    }
    assert (job.state, job.attempts, job.token, job.nudged_at) == (JobState.QUEUED, 0, 0, None)
    assert await read(store, job.id) == job


async def test_everything_a_job_becomes_is_kept(store: OpenStore) -> None:
    (job,) = await added(store, a_job())
    changed = replace(
        job,
        state=JobState.FAILED,
        attempts=3,
        token=7,
        run_after=NOW + 1,
        nudged_at=NOW + 2,
        heartbeat_at=NOW + 3,
        cancel_requested_at=NOW + 4,
        progress=JobProgress(5, 6, "at it"),
        result='{"a":1}',
        error=JobError("odd", "It was odd."),
        started_at=NOW + 7,
        finished_at=NOW + 8,
    )
    await saved(store, changed)
    assert await read(store, job.id) == changed
    await saved(store, job)
    assert await read(store, job.id) == job


async def test_a_job_that_is_not_there_is_not_found(store: OpenStore) -> None:
    for reading in (False, True):
        async with store.begin(reading=reading) as work:
            with pytest.raises(JobNotFound):
                await work.jobs.get(JobId(404))


async def test_a_job_left_without_commit_never_was(store: OpenStore) -> None:
    async with store.begin() as work:
        job, _ = await work.jobs.add(a_job(idempotency_key="once"))
    async with store.begin(reading=True) as work:
        with pytest.raises(JobNotFound):
            await work.jobs.get(job.id)
    async with store.begin() as work:
        assert (await work.jobs.add(a_job(idempotency_key="once")))[1]


async def test_an_idempotency_key_stands_for_one_job_of_a_workspace(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    (first,) = await added(store, a_job(idempotency_key="once"))
    async with store.begin() as work:
        assert await work.jobs.add(a_job(idempotency_key="once", payload='{"other":1}')) == (first, False)
        assert (await work.jobs.add(a_job(idempotency_key="once", workspace=elsewhere)))[1]
        ours, new = await work.jobs.add(a_job(idempotency_key="once", workspace=None))
        assert new
        assert await work.jobs.add(a_job(idempotency_key="once", workspace=None)) == (ours, False)
        assert ours.workspace is None


async def test_jobs_without_a_key_are_always_new(store: OpenStore) -> None:
    assert len(set(ids(await added(store, *[a_job() for _ in range(3)])))) == 3


async def test_the_same_key_sent_at_once_is_one_job(store: OpenStore) -> None:
    twin = await store.twin()

    async def add(each: OpenStore) -> tuple[JobId, bool]:
        async with each.begin() as work:
            job, new = await work.jobs.add(a_job(idempotency_key="once"))
            await work.commit()
        return job.id, new

    came = await asyncio.gather(*(add(each) for each in (store, twin) * 4))
    assert len({job for job, _ in came}) == 1
    assert sum(new for _, new in came) == 1


async def test_the_first_in_turn_is_of_the_highest_priority_and_has_waited_longest(store: OpenStore) -> None:
    low, later, first, high = await added(
        store,
        a_job(priority=Priority.LOW, run_after=NOW - HOUR),
        a_job(run_after=NOW - 1),
        a_job(run_after=NOW - MINUTE),
        a_job(priority=Priority.HIGH),
    )
    order = [await claimed(store) for _ in range(5)]
    assert [job.id if job else None for job in order] == [high.id, first.id, later.id, low.id, None]


async def test_what_is_not_due_or_of_another_queue_or_kind_is_not_in_turn(store: OpenStore) -> None:
    await added(store, a_job(run_after=NOW + 1), a_job(queue=Queue.REPORTS), a_job(kind="tests.other"))
    assert await claimed(store) is None
    assert await claimed(store, now=NOW + 1) is not None
    assert await claimed(store, Queue.REPORTS) is not None


async def test_what_runs_or_has_ended_is_not_in_turn(store: OpenStore) -> None:
    (job,) = await added(store, a_job())
    for state in set(JobState) - {JobState.QUEUED}:
        await saved(store, replace(job, state=state))
        assert await claimed(store) is None, state


# In SQLite there is one writer at a time: nobody else can have a job in hand.
@pytest.mark.parametrize("store", ["memory", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_jobs_that_others_have_in_hand_are_passed_over_without_waiting(store: OpenStore) -> None:
    first, second = await added(store, a_job(), a_job())
    twin = await store.twin()
    async with store.begin() as mine, asyncio.timeout(SOON), twin.begin() as theirs:
        assert ids([await mine.jobs.next_due(Queue.AGGREGATION, KINDS, NOW) or first]) == [first.id]
        found = await theirs.jobs.next_due(Queue.AGGREGATION, KINDS, NOW)
        assert found is not None
        assert found.id == second.id


async def test_workers_at_once_never_get_the_same_job(store: OpenStore) -> None:
    jobs = await added(store, *[a_job() for _ in range(12)])
    twin = await store.twin()

    async def worker(each: OpenStore) -> list[JobId]:
        mine = []
        while (job := await claimed(each)) is not None:
            mine.append(job.id)
            await asyncio.sleep(0)
        return mine

    hands = await asyncio.gather(*(worker(each) for each in (store, twin) * 3))
    assert sorted(job for hand in hands for job in hand) == sorted(ids(jobs))


async def test_a_look_at_who_is_next_locks_nothing(store: OpenStore) -> None:
    (job,) = await added(store, a_job())
    async with store.begin(reading=True) as looking:
        found = await looking.jobs.next_due(Queue.AGGREGATION, KINDS, NOW)
        assert found == job
        async with asyncio.timeout(SOON):
            assert await claimed(store) is not None


async def test_two_that_change_a_job_at_once_take_turns(store: OpenStore) -> None:
    (job,) = await added(store, a_job())
    twin = await store.twin()

    async def count(each: OpenStore) -> None:
        async with each.begin() as work:
            found = await work.jobs.get(job.id)
            await asyncio.sleep(0)
            await work.jobs.save(replace(found, attempts=found.attempts + 1))
            await work.commit()

    await asyncio.gather(*(count(each) for each in (store, twin) * 5))
    assert (await read(store, job.id)).attempts == 10


async def test_a_worker_that_lost_its_claim_cannot_finish_the_job(store: OpenStore) -> None:
    await added(store, a_job())
    slow = await claimed(store)
    assert slow is not None
    later = NOW + LEASE + 1
    async with store.begin() as work:
        await work.jobs.save((await work.jobs.get(slow.id)).take_back(later))
        await work.commit()
    quick = await claimed(store, now=later)
    assert quick is not None
    async with store.begin() as work:
        current = await work.jobs.get(slow.id)
        with pytest.raises(ClaimLost):
            current.check_claim(slow.token)
        current.check_claim(quick.token)


async def test_workers_not_heard_of_are_told_longest_first(store: OpenStore) -> None:
    jobs = await added(store, *[a_job() for _ in range(4)])
    for job, heard in zip(jobs, (NOW - 3, NOW - 1, NOW - 2, NOW), strict=True):
        await saved(store, replace(job.claim(NOW), heartbeat_at=heard))
    async with store.begin(reading=True) as work:
        assert await work.jobs.unheard(NOW - 1, 10) == [jobs[0].id, jobs[2].id, jobs[1].id]
        assert await work.jobs.unheard(NOW - 1, 2) == [jobs[0].id, jobs[2].id]
        assert await work.jobs.unheard(NOW - 4, 10) == []


async def test_due_jobs_nobody_was_told_of_are_found_once_per_telling(store: OpenStore) -> None:
    new, again, told, ahead, running = await added(
        store, *[a_job() for _ in range(3)], a_job(run_after=NOW + 1), a_job()
    )
    await saved(store, replace(again, nudged_at=NOW - MINUTE))
    await saved(store, replace(told, nudged_at=NOW - SECOND))
    await saved(store, running.claim(NOW))
    async with store.begin(reading=True) as work:
        assert ids(await work.jobs.unnudged(NOW, NOW - MINUTE + 1, 10)) == [new.id, again.id]
        assert ids(await work.jobs.unnudged(NOW, NOW - MINUTE + 1, 1)) == [new.id]
        assert ids(await work.jobs.unnudged(NOW + 1, NOW - MINUTE, 10)) == [new.id, ahead.id]
    async with store.begin() as work:
        await work.jobs.mark_nudged([new.id, again.id, running.id], NOW)
        await work.commit()
    async with store.begin(reading=True) as work:
        assert await work.jobs.unnudged(NOW, NOW - MINUTE + 1, 10) == []
    assert (await read(store, new.id)).nudged_at == NOW
    assert (await read(store, running.id)).nudged_at is None


async def test_the_list_is_newest_first_paged_and_filtered(store: OpenStore) -> None:
    one, two, three, four = await added(store, a_job(), a_job(kind="tests.other"), a_job(queue=Queue.REPORTS), a_job())
    await saved(store, four.claim(NOW))
    assert await listed(store) == [four.id, three.id, two.id, one.id]
    assert await listed(store, limit=2) == [four.id, three.id]
    assert await listed(store, before=three.id) == [two.id, one.id]
    assert await listed(store, kind="tests.other") == [two.id]
    assert await listed(store, queue=Queue.REPORTS) == [three.id]
    assert await listed(store, state=JobState.RUNNING) == [four.id]
    assert await listed(store, state=JobState.QUEUED, kind="tests.nothing") == [three.id, one.id]


async def test_the_list_holds_jobs_of_one_workspace_and_the_systems_when_asked(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    ours, _, system = await added(store, a_job(), a_job(workspace=elsewhere), a_job(workspace=None))
    assert await listed(store) == [ours.id]
    assert await listed(store, system_too=True) == [system.id, ours.id]


async def test_the_backlog_counts_what_is_due_runs_and_is_dead_in_every_queue(store: OpenStore) -> None:
    await added(store, a_job(run_after=NOW - HOUR), a_job(), a_job(run_after=NOW + 1), a_job(queue=Queue.REPORTS))
    await claimed(store, Queue.REPORTS)
    lost, failed = await added(store, a_job(limits=Limits(attempts=1)), a_job())
    await saved(store, lost.claim(NOW).take_back(NOW + LEASE))
    await saved(store, failed.claim(NOW).fail(NOW, JobError("odd", "Odd.")))
    async with store.begin(reading=True) as work:
        assert await work.jobs.backlog(NOW) == [
            Backlog(Queue.REPORTS, 0, 1, None, dead=0),
            Backlog(Queue.NOTIFICATIONS, 0, 0, None, dead=0),
            Backlog(Queue.AGGREGATION, 2, 0, NOW - HOUR, dead=1),
        ]


async def test_upkeep_clears_away_what_ended_long_ago_and_nothing_else(store: OpenStore) -> None:
    old, retried, fresh, waiting = await added(
        store, a_job(idempotency_key="old"), a_job(), a_job(), a_job(run_after=NOW - 300 * DAY)
    )
    await saved(store, old.claim(NOW).succeed(NOW, None, None))
    await saved(store, retried.claim(NOW).fail(NOW, JobError("odd", "Odd.")).retry(NOW))
    store.clock.move(31 * DAY)
    await saved(store, fresh.claim(NOW).succeed(store.clock.now(), None, None))
    await store.store.keep()
    assert await listed(store) == [waiting.id, fresh.id, retried.id]
    assert (await added(store, a_job(idempotency_key="old")))[0].id > waiting.id
