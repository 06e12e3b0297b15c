"""Every process of the production stack is killed under load, Redis wiped and stopped: in the end nothing is amiss."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import httpx
import pytest

from tests.faults.batches import Event
from tests.faults.followers import following
from tests.faults.handler_process import GROUP
from tests.faults.handler_runner import HandlerRunner, check_order, handled
from tests.faults.load import load
from tests.faults.reckoning import check_answers, check_events, check_intake, check_quarantine, everything, verify
from tests.faults.shadower_server import ADMIN_KEY, check_log
from tests.faults.stack import MEMBERS, Stack
from tests.patience import eventually
from tests.servers.process import ServerDidNotStartError

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow]

KILLS_MORE = 1
"""After each process has been killed once."""
REDIS_AWAY = 30.0
SENDERS = 2
KINDS = ("rollups.verify", "rollups.consolidate")
A_DAY_BACK = "UPDATE schedule_marks SET decided_until = decided_until - 86400000000"
SCHEDULES = {"store-upkeep", "rollup-consolidation", "retention"}
FORGIVEN = "ConsumerThread|ConnectionDoesNotExistError"
"""Dramatiq's cries that Redis is away, and what asyncpg forgets when a COPY is cut off."""
UNDER_WAY = ("queued", "running")

Harm = Callable[[], Awaitable[None]]


@pytest.fixture
def stack() -> Iterator[Stack]:
    with Stack() as stack:
        yield stack


@pytest.fixture
def handler(stack: Stack, tmp_path: Path) -> Iterator[HandlerRunner]:
    """One more metrics-processor, with a handler of events."""
    with HandlerRunner(stack, tmp_path / "book") as runner:
        yield runner


async def test_whatever_fails_in_the_whole_stack_everything_acknowledged_is_in_order_afterwards(
    stack: Stack, handler: HandlerRunner, tmp_path: Path, seed: str, chance: Random
) -> None:
    async with stack.client() as api:
        await eventually(lambda: is_served(api))
        async with (
            following(stack),
            asking_for_jobs(api, Random(seed)) as promised,
            load(stack, seed, senders=SENDERS) as clients,
        ):
            for harm in harms(stack, handler, chance):
                await clients.more(chance.randrange(5, 30))
                await decide_schedules_anew(stack)
                await asyncio.sleep(chance.uniform(0, 0.5))
                await harm()
            await clients.more(10)
        await check_jobs(api, promised)
        await check_schedules(api, stack)
        await eventually(lambda: is_at_the_head(api))
        kept = await check_events(api, clients.ledger)
        await check_quarantine(api, clients.ledger)
        await check_answers(api, kept)
        await check_intake(api, len(kept))
    check_handled(tmp_path / "book", kept)
    await verify(stack)
    await asyncio.to_thread(handler.stop)
    check_log(handler.log, forgiven="HandlerFailed")
    await asyncio.to_thread(stack.stop)
    assert stack.exit_code == 0
    stack.check_log(forgiven=FORGIVEN)


# Harm


def harms(stack: Stack, handler: HandlerRunner, chance: Random) -> Sequence[Harm]:
    """Each process is killed, and Redis wiped, and stopped; some are killed once more. In an order of chance."""

    def kill(name: str) -> Harm:
        return lambda: eventually(lambda: stack.kill_member(name))

    killed = [*MEMBERS, *chance.choices(MEMBERS, k=KILLS_MORE)]
    chosen: list[Harm] = [kill(name) for name in killed]
    chosen += [
        lambda: kill_the_handler(handler),
        lambda: eventually(stack.flush_redis),
        lambda: stop_redis(stack),
    ]
    chance.shuffle(chosen)
    return chosen


async def kill_the_handler(handler: HandlerRunner) -> None:
    await asyncio.to_thread(handler.kill9)
    while not handler.is_running:
        with suppress(ServerDidNotStartError):  # PostgreSQL may have been killed just before
            await asyncio.to_thread(handler.start)


async def stop_redis(stack: Stack) -> None:
    stack.leave_alone()
    await eventually(lambda: bool(stack.said("left alone from now on")))
    redis = stack.member("redis")
    if redis is not None:  # otherwise it was killed just before
        redis.terminate()
    await asyncio.sleep(REDIS_AWAY)
    assert stack.member("redis") is None
    stack.look_after()


async def decide_schedules_anew(stack: Stack) -> None:
    """Forget for a day of each schedule that it was decided: what was run must not be run again."""

    async def is_done() -> bool:
        try:
            await ask_database(stack, A_DAY_BACK)
        except (OSError, asyncpg.PostgresError):
            return False
        return True

    await eventually(is_done)


async def ask_database(stack: Stack, statement: str) -> Sequence[Mapping[str, Any]]:
    connection = await asyncpg.connect(stack.settings["SHADOWER_DATABASE_URL"], timeout=5)
    try:
        rows: Sequence[Mapping[str, Any]] = await connection.fetch(statement)
        return rows
    finally:
        await connection.close()


# Jobs and schedules


@asynccontextmanager
async def asking_for_jobs(api: httpx.AsyncClient, chance: Random) -> AsyncIterator[Sequence[int]]:
    """Somebody asks for jobs all the while; yields the numbers of those that were promised."""
    promised: list[int] = []
    stop = asyncio.Event()

    async def ask() -> None:
        while not stop.is_set():
            number = len(promised)
            order = {"kind": KINDS[number % 2], "idempotency_key": f"job-{number}"}
            with suppress(httpx.TransportError):
                answer = await api.post("/jobs", json=order)
                if answer.status_code != 503:
                    assert answer.status_code in {200, 201}, answer.text
                    promised.append(answer.json()["id"])
            await asyncio.sleep(chance.uniform(1, 4))

    async with asyncio.TaskGroup() as group:
        asking = group.create_task(ask())
        yield promised
        stop.set()
        await asking


async def check_jobs(api: httpx.AsyncClient, promised: Sequence[int]) -> None:
    """Each was done, and nothing is under way any more."""

    async def is_idle() -> bool:
        return not [job for job in await everything(api, "/jobs") if job["state"] in UNDER_WAY]

    await eventually(is_idle)
    jobs = {job["id"]: job for job in await everything(api, "/jobs")}
    assert len(set(promised)) == len(promised) > 0
    assert jobs.keys() >= set(promised)
    undone = [(job["kind"], job["state"], job["error"]) for job in jobs.values() if job["state"] != "succeeded"]
    assert not undone, undone
    verified = [job["result"] for job in jobs.values() if job["kind"] == "rollups.verify"]
    assert all(result == {"differences": 0} for result in verified), verified


async def check_schedules(api: httpx.AsyncClient, stack: Stack) -> None:
    """Each slot has one run, and each run is of a slot."""
    marked = "schedule:"
    runs = [job for job in await everything(api, "/jobs") if job["correlation_id"].startswith(marked)]
    times = Counter((job["correlation_id"].removeprefix(marked), job["payload"]["slot"]) for job in runs)
    assert set(times.values()) == {1}
    assert {name for name, _ in times} == SCHEDULES
    slots = await ask_database(stack, "SELECT schedule, job_id FROM schedule_slots")
    assert {(slot["schedule"], slot["job_id"]) for slot in slots} == {
        (job["correlation_id"].removeprefix(marked), job["id"]) for job in runs
    }


# What follows the log


async def health(api: httpx.AsyncClient) -> Mapping[str, Any]:
    answer = await api.get(str(api.base_url.copy_with(path="/health")), headers={"X-API-Key": ADMIN_KEY})
    told: Mapping[str, Any] = answer.json()
    return told


async def is_served(api: httpx.AsyncClient) -> bool:
    return any(group["name"] == GROUP and group["owner"] for group in (await health(api))["groups"])


async def is_at_the_head(api: httpx.AsyncClient) -> bool:
    told = await health(api)
    followers = (*told["projections"], *told["groups"])
    assert all(group["dead_letters"] == 0 for group in told["groups"])
    return told["status"] == "ok" and all(follower["lag"] == 0 for follower in followers)


def check_handled(book: Path, kept: Sequence[Event]) -> None:
    assert {line["id"] for line in handled(book)} == {event["id"].lower() for event in kept}
    check_order(book)
