"""Running jobs, over every store: each attempt is written down as what it was, and only by who has the claim."""

import asyncio

import pytest

from shadower.application.job_execution import JobExecution
from shadower.application.ports.task import JobContext, Payload, StopReason
from shadower.domain.errors import Conflict, RateLimited, StoreUnavailable, Unavailable
from shadower.domain.events.moments import DAY, MINUTE, SECOND
from shadower.domain.jobs.backoff import FIRST
from shadower.domain.jobs.job import LEASE, WORKER_LOST, Job, JobProgress, JobState, Limits, Queue
from tests.jobs_at_work import Doing, Workshop, for_ever
from tests.stores import OpenStore


def workshop(store: OpenStore, *tasks: Doing) -> Workshop:
    return Workshop(store, tasks)


async def test_a_task_is_given_its_payload_and_what_it_returns_is_kept(store: OpenStore) -> None:
    seen: list[tuple[Payload, JobContext]] = []

    async def deed(payload: Payload, context: JobContext) -> Payload:
        seen.append((payload, context))
        return {"sum": payload["a"] + payload["b"], "text": "é\0"}

    job = await workshop(store, Doing(deed)).done(a=1, b=2)
    assert (job.state, job.result, job.attempts) == (JobState.SUCCEEDED, '{"sum":3,"text":"\\u00e9\\u0000"}', 1)
    ((payload, context),) = seen
    assert payload == {"a": 1, "b": 2}
    assert (context.job, context.workspace, context.attempt) == (job.id, 1, 1)
    assert context.correlation_id == job.correlation_id
    assert context.idempotency_key == f"job-{job.id}"
    assert job.started_at == job.finished_at == store.clock.now()


async def test_what_is_no_use_to_try_again_fails(store: OpenStore) -> None:
    async def deed(_payload: Payload, _context: JobContext) -> None:
        raise Conflict("Somebody else was first.")

    job = await workshop(store, Doing(deed)).done()
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert (job.error.code, job.error.message) == ("conflict", "Somebody else was first.")


@pytest.mark.parametrize("error", [StoreUnavailable("Away."), RateLimited("Too much.")])
async def test_what_may_pass_is_tried_again_after_a_pause_and_dead_in_the_end(
    store: OpenStore, error: Exception
) -> None:
    attempts: list[int] = []

    async def deed(_payload: Payload, context: JobContext) -> None:
        attempts.append(context.attempt)
        raise error

    shop = workshop(store, Doing(deed, Limits(attempts=3)))
    job = await shop.done()
    assert (job.state, job.run_after) == (JobState.QUEUED, store.clock.now() + FIRST // 2)
    await shop.sweep()
    assert await shop.queue.run() == 0, "it is not due yet"
    for _ in range(2):
        store.clock.move(DAY)
        await shop.sweep()
        await shop.queue.run()
    job = await shop.read(job.id)
    assert (job.state, job.attempts, attempts) == (JobState.DEAD, 3, [1, 2, 3])
    assert shop.meter.became == [JobState.QUEUED, JobState.QUEUED, JobState.DEAD]


async def test_whoever_fails_may_ask_for_a_longer_pause(store: OpenStore) -> None:
    async def deed(_payload: Payload, _context: JobContext) -> None:
        raise Unavailable("Come back.", retry_after=600)

    job = await workshop(store, Doing(deed)).done()
    assert job.run_after == store.clock.now() + 600 * SECOND


async def test_what_nobody_thought_of_is_reported_and_says_nothing_of_its_cause(store: OpenStore) -> None:
    async def deed(_payload: Payload, _context: JobContext) -> None:
        raise ZeroDivisionError("SELECT secret FROM elsewhere")

    shop = workshop(store, Doing(deed))
    job = await shop.done()
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.code == "internal_error"
    assert "secret" not in job.error.message
    (error,) = shop.reported
    assert isinstance(error, ZeroDivisionError)
    assert str(job.id) in error.__notes__[0]


@pytest.mark.parametrize("result", [{"not": object()}, {"nan": {1, 2}}])
async def test_a_result_that_is_no_json_is_a_fault_of_the_task(store: OpenStore, result: Payload) -> None:
    async def deed(_payload: Payload, _context: JobContext) -> Payload:
        return result

    shop = workshop(store, Doing(deed))
    assert (await shop.done()).state is JobState.FAILED
    assert len(shop.reported) == 1


async def test_progress_is_written_down_while_it_runs(store: OpenStore) -> None:
    go_on = asyncio.Event()

    async def deed(_payload: Payload, context: JobContext) -> None:
        context.progress(1, 3, "words")
        await go_on.wait()
        context.progress(3, 3)

    shop = workshop(store, Doing(deed))
    job = await shop.add()
    running = asyncio.create_task(shop.queue.run())
    await shop.until(job.id, lambda job: job.progress == JobProgress(1, 3, "words"))
    go_on.set()
    await running
    assert (await shop.read(job.id)).progress == JobProgress(3, 3)


async def test_cancelling_reaches_a_task_that_runs(store: OpenStore) -> None:
    tidied: list[StopReason | None] = []

    async def deed(_payload: Payload, context: JobContext) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            tidied.append(context.stopping)

    shop = workshop(store, Doing(deed))
    job = await shop.add()
    running = asyncio.create_task(shop.queue.run())
    await shop.until(job.id, lambda job: job.state is JobState.RUNNING)
    async with store.begin() as work:
        await work.jobs.save((await work.jobs.get(job.id)).cancel(store.clock.now()))
        await work.commit()
    async with asyncio.timeout(5):
        await running
    assert (await shop.read(job.id)).state is JobState.CANCELLED
    assert tidied == [StopReason.CANCELLED]


async def test_a_task_that_takes_too_long_is_told_to_stop_and_fails(store: OpenStore) -> None:
    shop = workshop(store, Doing(for_ever, Limits(soft=SECOND // 10, hard=SECOND)))
    job = await shop.done()
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.code == "job_time_limit"


async def test_nobody_waits_for_a_task_that_does_not_stop(store: OpenStore) -> None:
    released = asyncio.Event()

    async def deed(_payload: Payload, _context: JobContext) -> Payload:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue
        return {"late": True}

    shop = workshop(store, Doing(deed, Limits(soft=SECOND // 10, hard=SECOND // 5)))
    job = await shop.done()
    assert job.state is JobState.FAILED
    released.set()
    await asyncio.sleep(0.05)
    assert await shop.read(job.id) == job


async def test_a_worker_whose_job_was_taken_over_stops_and_changes_nothing(store: OpenStore) -> None:
    shop = workshop(store, Doing(for_ever))
    job = await shop.add()
    claimed = await shop.run_job.claim(Queue.AGGREGATION)
    assert claimed is not None
    frozen = asyncio.create_task(shop.run_job(claimed, shop.reported.append))
    await asyncio.sleep(0)
    # Its process was frozen for so long that another has the job, and ended it, by the time it goes on.
    store.clock.move(LEASE)
    other = Workshop(await store.twin(), [Doing(_quick)])
    assert (await other.sweep()).taken_back == 1
    assert (await shop.read(job.id)).error == WORKER_LOST
    await other.sweep()
    assert await other.queue.run() == 1
    async with asyncio.timeout(5):
        assert await frozen is None
    assert shop.meter.became == [], "it is not this worker's to count"
    ended = await shop.read(job.id)
    assert (ended.state, ended.attempts, ended.token) == (JobState.SUCCEEDED, 2, 2)


async def _quick(_payload: Payload, _context: JobContext) -> Payload:
    return {"quick": True}


async def test_what_came_of_it_is_written_down_when_the_store_comes_back(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = workshop(store, Doing(_quick))
    end = shop.run_job._end
    failures = iter([StoreUnavailable("Away."), StoreUnavailable("Away.")])

    async def away(*given: object) -> object:
        for error in failures:
            raise error
        return await end(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(shop.run_job, "_end", away)
    assert (await shop.done()).state is JobState.SUCCEEDED


async def test_a_worker_gives_signs_of_life(store: OpenStore) -> None:
    shop = workshop(store, Doing(for_ever))
    await shop.add()
    claimed = await shop.run_job.claim(Queue.AGGREGATION)
    assert claimed is not None
    execution = JobExecution(claimed, Doing(for_ever), store.begin, store.clock, look_every=0.02)
    running = asyncio.create_task(execution.run())
    for _ in range(4):
        store.clock.move(LEASE // 2)
        await shop.until(claimed.id, lambda job: job.heartbeat_at == store.clock.now())
        assert (await shop.sweep()).taken_back == 0
    execution.stop(StopReason.DRAINING)
    assert (await running).stopped is StopReason.DRAINING


async def test_a_worker_gives_signs_of_life_while_a_task_that_took_too_long_tidies_up(store: OpenStore) -> None:
    tidying, tidied = asyncio.Event(), asyncio.Event()

    async def deed(_payload: Payload, _context: JobContext) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            tidying.set()
            await tidied.wait()

    task = Doing(deed, Limits(soft=SECOND // 10, hard=MINUTE))
    shop = workshop(store, task)
    await shop.add()
    claimed = await shop.run_job.claim(Queue.AGGREGATION)
    assert claimed is not None
    running = asyncio.create_task(JobExecution(claimed, task, store.begin, store.clock, look_every=0.02).run())
    await tidying.wait()
    for _ in range(3):
        store.clock.move(LEASE // 2)
        await shop.until(claimed.id, lambda job: job.heartbeat_at == store.clock.now())
        assert (await shop.sweep()).taken_back == 0
    tidied.set()
    error = (await running).error
    assert error is not None
    assert error.code == "job_time_limit"


async def test_what_is_claimed_while_the_process_ends_is_given_back_and_costs_no_attempt(store: OpenStore) -> None:
    shop = workshop(store, Doing(for_ever))
    job = await shop.add()
    claimed = await shop.run_job.claim(Queue.AGGREGATION)
    assert claimed is not None
    draining = asyncio.create_task(shop.run_job.drain(5))
    await asyncio.sleep(0.01)
    assert not draining.done()
    await shop.run_job(claimed, shop.reported.append)
    await draining
    back = await shop.read(job.id)
    assert (back.state, back.attempts) == (JobState.QUEUED, 0)


async def test_a_process_that_is_told_to_end_in_the_middle_of_a_claim_takes_it_back(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = workshop(store, Doing(for_ever))
    job = await shop.add()
    claim = Job.claim

    def claim_late(due: Job, now: int) -> Job:
        monkeypatch.setattr(shop.run_job, "_draining", True)
        return claim(due, now)

    monkeypatch.setattr(Job, "claim", claim_late)
    assert await shop.run_job.claim(Queue.AGGREGATION) is None
    assert (await shop.read(job.id)).state is JobState.QUEUED


async def test_a_process_that_ends_lets_its_jobs_end_and_begins_no_other(store: OpenStore) -> None:
    shop = workshop(store, Doing(_slow))
    first, second = await shop.add(seconds=0.2), await shop.add(seconds=0.2)
    run = await shop.take(Queue.AGGREGATION)
    assert run is not None
    running = asyncio.ensure_future(run())
    await asyncio.sleep(0.05)
    await shop.run_job.drain(5)
    assert running.done()
    assert await shop.take(Queue.AGGREGATION) is None
    assert (await shop.read(first.id)).state is JobState.SUCCEEDED
    assert (await shop.read(second.id)).state is JobState.QUEUED


async def test_what_does_not_end_in_time_is_given_back_for_another_process(store: OpenStore) -> None:
    shop = workshop(store, Doing(for_ever))
    job = await shop.add()
    run = await shop.take(Queue.AGGREGATION)
    assert run is not None
    running = asyncio.ensure_future(run())
    await asyncio.sleep(0.05)
    await shop.run_job.drain(0.05)
    await running
    back = await shop.read(job.id)
    assert (back.state, back.attempts) == (JobState.QUEUED, 0)
    other = Workshop(await store.twin(), [Doing(_quick)])
    await other.sweep()
    await other.queue.run()
    assert (await shop.read(job.id)).state is JobState.SUCCEEDED


async def _slow(payload: Payload, _context: JobContext) -> None:
    await asyncio.sleep(payload["seconds"])


async def test_the_sweeper_tells_of_jobs_whose_nudge_was_lost_and_of_no_others(store: OpenStore) -> None:
    shop = workshop(store, Doing(_quick))
    await shop.add()
    shop.queue.nudged.clear()  # the queue has lost everything
    assert (await shop.sweep()).nudged == 0, "it may be on its way"
    store.clock.move(MINUTE)
    assert (await shop.sweep()).nudged == 1
    assert (await shop.sweep()).nudged == 0
    assert await shop.queue.run() == 1


async def test_a_worker_takes_only_what_it_knows(store: OpenStore) -> None:
    newer, older = Workshop(store, [Doing(_quick)]), Workshop(store, [])
    job = await newer.add()
    assert await older.take(Queue.AGGREGATION) is None
    assert (await newer.read(job.id)).state is JobState.QUEUED


async def test_many_workers_run_many_jobs_once_each(store: OpenStore) -> None:
    ran: list[int] = []

    async def deed(payload: Payload, _context: JobContext) -> None:
        ran.append(payload["number"])
        await asyncio.sleep(0)

    shops = [Workshop(each, [Doing(deed)]) for each in (store, await store.twin())]
    for number in range(20):
        await shops[0].add(number=number)

    async def worker(shop: Workshop) -> None:
        while (run := await shop.take(Queue.AGGREGATION)) is not None:
            await run()

    await asyncio.gather(*(worker(shop) for shop in shops * 3))
    assert sorted(ran) == list(range(20))
    assert [shop.reported for shop in shops] == [[], []]


async def test_a_worker_that_is_gone_for_good_costs_an_attempt_each_time(store: OpenStore) -> None:
    shop = workshop(store, Doing(_quick, Limits(attempts=2)))
    job = await shop.add()
    for _ in range(2):
        assert await shop.run_job.claim(Queue.AGGREGATION) is not None  # and then its process is killed
        store.clock.move(LEASE)
        await shop.sweep()
    dead = await shop.read(job.id)
    assert (dead.state, dead.error) == (JobState.DEAD, WORKER_LOST)
    assert dead.attempts == 2
