"""Putting work off: the row first, and whoever cannot be told is told later."""

import pytest

from shadower.application.enqueue_job import LARGEST_PAYLOAD, JobOrder
from shadower.application.ports.task import JobContext, Payload
from shadower.application.ports.task_queue import QueueUnavailable
from shadower.domain.events.moments import HOUR
from shadower.domain.jobs.errors import IdempotencyKeyReused, JobKindUnknown, JobPayloadInvalid
from shadower.domain.jobs.job import JobState, Limits, Priority, Queue
from tests.jobs_at_work import WORKSPACE, Doing, Workshop
from tests.stores import OpenStore


async def nothing(_payload: Payload, _context: JobContext) -> None:
    """Do nothing."""


class Strict(Doing):
    """Takes no payload, as tasks do that say nothing else."""

    kind = "tests.strict"

    def check(self, payload: Payload) -> None:
        super(Doing, self).check(payload)


@pytest.fixture
def shop(store: OpenStore) -> Workshop:
    return Workshop(store, [Doing(nothing, Limits(attempts=3)), Strict(nothing)])


async def test_a_job_is_on_record_before_anybody_is_told(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    on_record: list[int] = []

    async def look(queue: Queue) -> None:
        async with shop.store.begin(reading=True) as work:
            job = await work.jobs.next_due(queue, {Doing.kind}, shop.store.clock.now())
        on_record.append(0 if job is None else job.id)

    monkeypatch.setattr(shop.queue, "nudge", look)
    job = await shop.add(a=1)
    assert on_record == [job.id]
    assert (job.queue, job.limits.attempts, job.payload) == (Queue.AGGREGATION, 3, '{"a":1}')
    assert job.nudged_at == shop.store.clock.now()


async def test_a_queue_that_is_down_delays_a_job_and_is_counted(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(_queue: Queue) -> None:
        raise QueueUnavailable("Nobody is there.")

    with monkeypatch.context() as patched:
        patched.setattr(shop.queue, "nudge", down)
        job = await shop.add()
    assert shop.meter.lost == [Queue.AGGREGATION]
    shop.store.clock.move(HOUR)
    await shop.sweep()
    await shop.queue.run()
    assert (await shop.read(job.id)).state is JobState.SUCCEEDED


async def test_the_same_key_is_the_same_job_and_tells_nobody_twice(shop: Workshop) -> None:
    order = JobOrder(Doing.kind, WORKSPACE, {"b": 1, "a": 2}, idempotency_key="once")
    first, new = await shop.enqueue(order)
    again, new_again = await shop.enqueue(JobOrder(Doing.kind, WORKSPACE, {"a": 2, "b": 1}, idempotency_key="once"))
    assert (new, new_again, again.id) == (True, False, first.id)
    assert len(shop.queue.nudged) == 1


@pytest.mark.parametrize("other", [JobOrder(Doing.kind, WORKSPACE, {"a": 2}), JobOrder(Strict.kind, WORKSPACE)])
async def test_a_key_that_stands_for_something_else_is_refused(shop: Workshop, other: JobOrder) -> None:
    await shop.enqueue(JobOrder(Doing.kind, WORKSPACE, {"a": 1}, idempotency_key="once"))
    with pytest.raises(IdempotencyKeyReused):
        await shop.enqueue(JobOrder(other.kind, WORKSPACE, other.payload, idempotency_key="once"))


async def test_what_no_task_does_is_refused(shop: Workshop) -> None:
    with pytest.raises(JobKindUnknown):
        await shop.enqueue(JobOrder("tests.unknown", WORKSPACE))
    with pytest.raises(JobPayloadInvalid):
        await shop.enqueue(JobOrder(Strict.kind, WORKSPACE, {"a": 1}))
    with pytest.raises(JobPayloadInvalid):
        await shop.enqueue(JobOrder(Doing.kind, WORKSPACE, {"text": "x" * LARGEST_PAYLOAD}))
    assert shop.queue.nudged == []


async def test_work_for_later_is_begun_then(shop: Workshop) -> None:
    later = shop.store.clock.now() + HOUR
    job, _ = await shop.enqueue(JobOrder(Doing.kind, WORKSPACE, run_after=later))
    assert (job.nudged_at, shop.queue.nudged) == (None, [])
    await shop.sweep()
    assert await shop.queue.run() == 0
    shop.store.clock.move(HOUR)
    await shop.sweep()
    assert await shop.queue.run() == 1


async def test_what_matters_more_is_done_first(store: OpenStore) -> None:
    done: list[str] = []

    async def note(payload: Payload, _context: JobContext) -> None:
        done.append(payload["what"])

    shop = Workshop(store, [Doing(note)])
    for what, priority in (("low", Priority.LOW), ("normal", Priority.NORMAL), ("high", Priority.HIGH)):
        await shop.enqueue(JobOrder(Doing.kind, WORKSPACE, {"what": what}, priority))
    await shop.queue.run()
    assert done == ["high", "normal", "low"]


async def test_a_row_put_into_the_callers_unit_of_work_stands_and_falls_with_it(shop: Workshop) -> None:
    async with shop.store.begin() as work:
        job, _ = await shop.enqueue.put(work, JobOrder(Doing.kind, WORKSPACE))
    async with shop.store.begin(reading=True) as work:
        assert await work.jobs.next_due(Queue.AGGREGATION, {Doing.kind}, shop.store.clock.now()) is None
    assert job.id
    assert shop.queue.nudged == []


async def test_a_task_may_put_off_more_work(store: OpenStore) -> None:
    shop = Workshop(store, [])

    async def more(payload: Payload, context: JobContext) -> None:
        if payload["left"]:
            await shop.enqueue(JobOrder(Doing.kind, context.workspace, {"left": payload["left"] - 1}))

    shop.tasks = [Doing(more)]
    await shop.add(left=2)
    assert await shop.queue.run() == 3


async def test_two_tasks_of_one_kind_are_a_fault_of_the_wiring(store: OpenStore) -> None:
    shop = Workshop(store, [Doing(nothing), Doing(nothing)])
    with pytest.raises(ValueError, match=r"tests\.doing"):
        await shop.add()
