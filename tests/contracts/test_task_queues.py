"""Queues of jobs: whoever is nudged takes what is there, at most so many at once, and a nudge is never worth a job."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
import pytest_asyncio
from dramatiq import Broker
from dramatiq.brokers.stub import StubBroker

from shadower.adapters.dramatiq.brokers import Brokers, a_nudge
from shadower.adapters.dramatiq.rabbitmq_brokers import RabbitmqBrokers
from shadower.adapters.dramatiq.redis_brokers import RedisBrokers
from shadower.adapters.dramatiq.task_queue import MOST_WAITING, DramatiqTaskQueue
from shadower.adapters.dramatiq.workers import DramatiqWorkers
from shadower.adapters.in_process.task_queue import InProcessTaskQueue
from shadower.adapters.memory.task_queues import InlineTaskQueue, ManualTaskQueue
from shadower.application.ports.task_queue import QueueUnavailable, Run, TaskQueue, Workers
from shadower.domain.jobs.job import Queue
from tests.servers import RabbitmqServer, RedisServer
from tests.servers.process import free_port

QUEUE = Queue.REPORTS
Deed = Callable[[], Awaitable[None]]


class StubBrokers(Brokers):
    """Brokers of several processes that share their messages."""

    technology = "stub"
    errors = (ConnectionError,)

    def __init__(self) -> None:
        self.shared = StubBroker(middleware=[])
        for queue in Queue:
            self.shared.declare_queue(queue.value)
        self.open: list[Broker] = []

    def connect(self) -> Broker:
        broker = StubBroker(middleware=[])
        broker.queues = self.shared.queues
        self.open.append(broker)
        return broker

    def close(self, broker: Broker) -> None:
        self.open.remove(broker)
        broker.close()

    def waiting(self, broker: Broker, queue: str) -> int:
        assert isinstance(broker, StubBroker)
        return int(broker.queues[queue].qsize())


class Waiting:
    """Jobs as the store would hand them out."""

    def __init__(self) -> None:
        self.deeds: deque[Deed] = deque()
        self.done = 0
        self.running = 0
        self.most_running = 0

    def put(self, deed: Deed) -> None:
        self.deeds.append(deed)

    async def take(self, _queue: Queue = QUEUE) -> Run | None:
        return self._run(self.deeds.popleft()) if self.deeds else None

    def _run(self, deed: Deed) -> Run:
        async def run() -> None:
            self.running += 1
            self.most_running = max(self.most_running, self.running)
            try:
                await deed()
                self.done += 1
            finally:
                self.running -= 1

        return run


@dataclass
class Line:
    """A way from who puts jobs off to who does them."""

    queue: TaskQueue
    workers: Workers
    jobs: Waiting

    @asynccontextmanager
    async def at_work(self, concurrency: int = 2) -> AsyncIterator[None]:
        working = asyncio.create_task(self.workers.work(QUEUE, concurrency, self.jobs.take))
        try:
            yield
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def until_running(self, within: float = 10.0) -> None:
        async with asyncio.timeout(within):
            while not self.jobs.running:  # noqa: ASYNC110 - threads may be at work
                await asyncio.sleep(0.01)

    async def until_done(self, many: int, within: float = 20.0) -> None:
        async with asyncio.timeout(within):
            while self.jobs.done < many:
                if isinstance(self.queue, ManualTaskQueue):
                    await self.queue.run()
                await asyncio.sleep(0.01)


def through(brokers: Brokers) -> Line:
    # So long that nothing is found but by nudges.
    return Line(DramatiqTaskQueue(brokers), DramatiqWorkers(brokers, look_every=600), Waiting())


OF_DRAMATIQ = (
    "stub",
    pytest.param("redis", marks=pytest.mark.redis),
    pytest.param("rabbitmq", marks=pytest.mark.rabbitmq),
)


@pytest_asyncio.fixture(params=["inline", "manual", "in process", *OF_DRAMATIQ])
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    line = a_line(request, request.param)
    yield line
    await line.queue.close()


def a_line(request: pytest.FixtureRequest, way: str) -> Line:
    jobs = Waiting()
    match way:
        case "inline":
            inline = InlineTaskQueue(lambda: jobs.take)
            return Line(inline, inline, jobs)
        case "manual":
            manual = ManualTaskQueue(lambda: jobs.take)
            return Line(manual, manual, jobs)
        case "in process":
            # So long that nothing is found but by nudges.
            here = InProcessTaskQueue(look_every=600)
            return Line(here, here, jobs)
        case "stub":
            return through(StubBrokers())
        case "rabbitmq":
            return through(RabbitmqBrokers(request.getfixturevalue("rabbitmq_url")))
    return through(RedisBrokers(request.getfixturevalue("redis_url")))


LATER = pytest.mark.parametrize("line", ["in process", *OF_DRAMATIQ], indirect=True)
"""Those with workers of their own."""


async def nothing() -> None:
    """Do nothing."""


async def test_a_nudge_has_a_job_done(line: Line) -> None:
    async with line.at_work():
        line.jobs.put(nothing)
        await line.queue.nudge(QUEUE)
        await line.until_done(1)


async def test_one_nudge_has_everything_done_that_is_due(line: Line) -> None:
    async with line.at_work():
        for _ in range(10):
            line.jobs.put(nothing)
        for _ in range(10 if isinstance(line.queue, ManualTaskQueue) else 1):
            await line.queue.nudge(QUEUE)
        await line.until_done(10)


async def test_nudges_too_many_do_no_harm(line: Line) -> None:
    async with line.at_work():
        line.jobs.put(nothing)
        for _ in range(20):
            await line.queue.nudge(QUEUE)
        await line.until_done(1)
        line.jobs.put(nothing)
        await line.queue.nudge(QUEUE)
        await line.until_done(2)


@LATER
async def test_whoever_nudges_waits_for_no_job(line: Line) -> None:
    go_on = asyncio.Event()

    async def wait() -> None:
        await go_on.wait()

    async with line.at_work():
        line.jobs.put(wait)
        async with asyncio.timeout(5):
            await line.queue.nudge(QUEUE)
        go_on.set()
        await line.until_done(1)


@LATER
async def test_nudges_sent_before_anybody_works_are_followed_then(line: Line) -> None:
    line.jobs.put(nothing)
    await line.queue.nudge(QUEUE)
    async with line.at_work():
        await line.until_done(1)


@LATER
async def test_as_many_run_at_once_as_may(line: Line) -> None:
    async def pause() -> None:
        await asyncio.sleep(0.3)

    async with line.at_work(concurrency=3):
        for _ in range(9):
            line.jobs.put(pause)
            await line.queue.nudge(QUEUE)
        await line.until_done(9)
    assert line.jobs.most_running == 3


@LATER
async def test_queues_know_nothing_of_each_other(line: Line) -> None:
    async with line.at_work():
        # What is there when a process begins, it may find without a nudge.
        await asyncio.sleep(0.2)
        line.jobs.put(nothing)
        await line.queue.nudge(Queue.NOTIFICATIONS)
        await asyncio.sleep(0.3)
        assert line.jobs.done == 0
        await line.queue.nudge(QUEUE)
        await line.until_done(1)


@LATER
async def test_work_ends_when_it_is_cancelled_and_can_begin_again(line: Line) -> None:
    for number in range(1, 3):
        async with asyncio.timeout(15):
            async with line.at_work():
                line.jobs.put(nothing)
                await line.queue.nudge(QUEUE)
                await line.until_done(number)


async def test_a_queue_that_works_says_so(line: Line) -> None:
    health = await line.queue.health()
    assert (health.reachable, health.detail) == (True, None)


async def test_a_broker_that_does_not_answer_counts_as_away_until_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    brokers, answer = StubBrokers(), threading.Event()

    def waiting(_broker: Broker, _queue: str) -> int:
        answer.wait()
        return 0

    monkeypatch.setattr(brokers, "waiting", waiting)
    queue = DramatiqTaskQueue(brokers)
    health = await queue.health()
    assert (health.technology, health.reachable, health.detail) == ("stub", False, "No answer within 1 s.")
    answer.set()
    assert (await queue.health()).reachable


async def test_a_process_finds_what_another_has_put_there_without_a_nudge() -> None:
    jobs = Waiting()
    here = InProcessTaskQueue(look_every=0.05)
    line = Line(here, here, jobs)
    async with line.at_work():
        await asyncio.sleep(0.1)
        jobs.put(nothing)
        await line.until_done(1)


@pytest.mark.parametrize("line", OF_DRAMATIQ, indirect=True)
async def test_processes_share_the_work_and_a_busy_one_holds_nothing_back(line: Line) -> None:
    busy, idle = Line(line.queue, line.workers, line.jobs), Line(line.queue, line.workers, line.jobs)
    go_on = asyncio.Event()

    async def wait() -> None:
        await go_on.wait()

    async with busy.at_work(concurrency=1):
        line.jobs.put(wait)
        await line.queue.nudge(QUEUE)
        await line.until_running()
        async with idle.at_work(concurrency=1):
            line.jobs.put(nothing)
            await line.queue.nudge(QUEUE)
            await line.until_done(1)
            go_on.set()
            await line.until_done(2)


async def test_a_queue_that_is_closed_leaves_no_thread_and_no_connection() -> None:
    threads, brokers = threading.enumerate(), StubBrokers()
    queue = DramatiqTaskQueue(brokers)
    await queue.nudge(QUEUE)
    await queue.close()
    for thread in set(threading.enumerate()).difference(threads):
        thread.join(5)
        assert not thread.is_alive()
    assert brokers.open == []


@pytest.mark.parametrize("line", OF_DRAMATIQ, indirect=True)
async def test_a_queue_nobody_works_off_takes_no_more_room_than_it_must(line: Line) -> None:
    assert isinstance(line.queue, DramatiqTaskQueue)
    brokers = line.queue._brokers
    broker = brokers.connect()
    broker.declare_queue(QUEUE.value)
    for _ in range(MOST_WAITING - 1):
        broker.enqueue(a_nudge(QUEUE.value))
    for _ in range(3):
        await line.queue.nudge(QUEUE)
    assert brokers.waiting(broker, QUEUE.value) == MOST_WAITING
    brokers.close(broker)
    line.jobs.put(nothing)
    async with line.at_work():
        await line.until_done(1)


@pytest.mark.parametrize(
    ("serving", "brokers"),
    [
        pytest.param(lambda: RedisServer(durable=False), RedisBrokers, marks=pytest.mark.redis, id="redis"),
        pytest.param(RabbitmqServer, RabbitmqBrokers, marks=pytest.mark.rabbitmq, id="rabbitmq"),
    ],
)
async def test_a_server_that_is_away_is_told_to_whoever_nudges_and_workers_go_on_when_it_is_back(
    serving: Callable[[], RedisServer | RabbitmqServer], brokers: Callable[[str], Brokers]
) -> None:
    with serving() as server:
        line = through(brokers(server.url()))
        async with line.at_work():
            line.jobs.put(nothing)
            await line.queue.nudge(QUEUE)
            await line.until_done(1)
            server.kill9()
            async with asyncio.timeout(15):
                for _ in range(20):
                    with pytest.raises(QueueUnavailable):
                        await line.queue.nudge(QUEUE)
                assert not (await line.queue.health()).reachable
            server.start()
            line.jobs.put(nothing)
            async with asyncio.timeout(30):
                while True:
                    try:
                        await line.queue.nudge(QUEUE)
                        break
                    except QueueUnavailable:
                        await asyncio.sleep(0.2)
            await line.until_done(2)
        await line.queue.close()


async def test_jobs_are_done_while_the_broker_is_away_as_many_at_once_as_may() -> None:
    brokers, go_on = RedisBrokers(f"redis://127.0.0.1:{free_port()}"), asyncio.Event()
    line = Line(DramatiqTaskQueue(brokers), DramatiqWorkers(brokers, look_every=0.01), Waiting())

    async def wait() -> None:
        await go_on.wait()

    async with line.at_work(concurrency=2):
        with pytest.raises(QueueUnavailable):
            await line.queue.nudge(QUEUE)
        line.jobs.put(wait)
        await line.until_running()
        for _ in range(3):
            line.jobs.put(nothing)
        await line.until_done(3)
        go_on.set()
        await line.until_done(4)
    assert line.jobs.most_running == 2
    await line.queue.close()


@pytest.mark.redis
async def test_a_redis_that_was_wiped_goes_on_with_the_next_nudge(redis_server: RedisServer, redis_url: str) -> None:
    line = through(RedisBrokers(redis_url))
    async with line.at_work():
        line.jobs.put(nothing)
        await line.queue.nudge(QUEUE)
        await line.until_done(1)
        redis_server.run("FLUSHALL")
        line.jobs.put(nothing)
        await line.queue.nudge(QUEUE)
        await line.until_done(2)
