"""Handlers and Redis are killed, frozen, stopped and wiped: each event is handled, in the order of its workspace."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.faults.handler_process import GROUP
from tests.faults.handler_runner import HandlerRunner, check_order, handled
from tests.faults.reckoning import everything
from tests.faults.shadower_server import ShadowerServer, check_log
from tests.patience import eventually
from tests.servers import PostgresServer, RedisServer

FROZEN_FOR = 7.0
"""Seconds: longer than a lease."""
TAKEN_OVER_WITHIN = 10.0
LARGEST = 40


@dataclass
class Stage:
    """A server, two processes that may serve its handler, and perhaps a Redis between them."""

    server: ShadowerServer
    redis: RedisServer | None
    book: Path
    runners: Sequence[HandlerRunner] = ()
    keys: Sequence[str] = ()
    sent: set[str] = field(default_factory=set)
    """Ids of acknowledged events."""

    async def group(self) -> Mapping[str, Any]:
        async with self.server.client() as api:
            told = (await api.get("/health/data")).raise_for_status().json()
        found = [group for group in told["groups"] if group["name"] == GROUP]
        return found[0] if found else {"owner": None, "lag": -1}

    async def serving(self) -> HandlerRunner:
        """Return the process that serves the handler, once one does."""
        found: list[HandlerRunner] = []

        async def is_served() -> bool:
            owner = (await self.group())["owner"]
            found[:] = [runner for runner in self.runners if owner is not None and f"/{runner.pid}/" in owner]
            return bool(found)

        await eventually(is_served)
        return found[0]

    async def caught_up(self) -> None:
        async def at_head() -> bool:
            return bool((await self.group())["lag"] == 0)

        await eventually(at_head)

    async def more(self, events: int) -> None:
        """Wait until so many more are handled."""
        wanted = len(handled(self.book)) + events
        await eventually(lambda: len(handled(self.book)) >= wanted)


@pytest.fixture(
    params=[
        "sqlite",
        *(pytest.param(kind, marks=[pytest.mark.postgres, pytest.mark.redis]) for kind in ("durable", "forgetful")),
    ]
)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """SQLite and a bus in each process; PostgreSQL and a Redis that keeps everything, or nothing, when it is killed."""
    with ExitStack() as stack:
        url, settings, redis = None, {}, None
        if request.param != "sqlite":
            postgres: PostgresServer = request.getfixturevalue("durable_postgres")
            url = postgres.create_database()
            stack.callback(postgres.drop_database, url)
            redis = stack.enter_context(RedisServer(durable=request.param == "durable"))
            settings = {"redis_url": redis.url()}
        server = stack.enter_context(ShadowerServer(url, **settings))
        server.run("workspaces", "create", "second")
        told = server.run("keys", "create", "--workspace", "second", "--scope", "admin")
        stage = Stage(server, redis, tmp_path / "book", keys=("", told.stdout.strip()))
        stage.runners = [stack.enter_context(HandlerRunner(server, stage.book)) for _ in range(2)]
        yield stage


@asynccontextmanager
async def sending(stage: Stage, chance: Random) -> AsyncIterator[None]:
    """Events come in all the while, for both workspaces."""
    stop = asyncio.Event()

    async def send(key: str, chance: Random) -> None:
        async with stage.server.client() as api:
            if key:
                api.headers["Authorization"] = f"Bearer {key}"
            while not stop.is_set():
                await _send_some(api, stage, chance)
                await asyncio.sleep(chance.uniform(0, 0.2))

    async with asyncio.TaskGroup() as group:
        for key in stage.keys:
            group.create_task(send(key, Random(chance.random())))
        try:
            yield
        finally:
            stop.set()


async def _send_some(api: httpx.AsyncClient, stage: Stage, chance: Random) -> None:
    ids = [str(UUID(int=chance.getrandbits(128), version=4)) for _ in range(chance.randint(1, LARGEST))]
    events = [{"id": each, "type": "agent.executed", "data": {"pad": "x" * chance.randrange(300)}} for each in ids]
    answer = await api.post("/events", content=json.dumps(events))
    assert answer.raise_for_status().json()["stored"] == len(ids)
    stage.sent.update(ids)


# Harm


async def kill_the_handler(stage: Stage, chance: Random) -> None:
    victim = await stage.serving()
    await asyncio.sleep(chance.uniform(0, 0.5))
    await asyncio.to_thread(victim.kill9)
    await asyncio.to_thread(victim.start)


async def let_another_take_over(stage: Stage, chance: Random) -> None:
    victim = await stage.serving()
    (other,) = (runner for runner in stage.runners if runner is not victim)
    await asyncio.sleep(chance.uniform(0, 0.5))
    await asyncio.to_thread(victim.kill9)
    died_at = time.monotonic()
    await eventually(lambda: any(line["by"] == other.pid for line in handled(stage.book)[-1:]))
    assert time.monotonic() - died_at < TAKEN_OVER_WITHIN
    await asyncio.to_thread(victim.start)


async def freeze_the_handler(stage: Stage, chance: Random) -> None:
    victim = await stage.serving()
    victim.freeze()
    await asyncio.sleep(FROZEN_FOR)
    victim.thaw()


async def kill_redis(stage: Stage, chance: Random) -> None:
    assert stage.redis is not None
    await asyncio.to_thread(stage.redis.kill9)
    await asyncio.sleep(chance.uniform(0, 2))
    await asyncio.to_thread(stage.redis.start)


async def stop_redis(stage: Stage, chance: Random) -> None:
    assert stage.redis is not None
    await asyncio.to_thread(stage.redis.stop)
    await asyncio.sleep(chance.uniform(3, 8))
    await asyncio.to_thread(stage.redis.start)


async def flush_redis(stage: Stage, chance: Random) -> None:
    assert stage.redis is not None
    for _ in range(chance.randint(1, 3)):
        await asyncio.to_thread(stage.redis.run, "FLUSHALL")
        await asyncio.sleep(chance.uniform(0, 0.6))


Harm = Callable[[Stage, Random], Any]
ANYWHERE: Sequence[Harm] = (kill_the_handler, let_another_take_over, freeze_the_handler)
ON_REDIS: Sequence[Harm] = (kill_redis, stop_redis, flush_redis)


async def test_whatever_happens_every_event_is_handled_in_the_order_of_its_workspace(
    stage: Stage, chance: Random
) -> None:
    harms = ANYWHERE if stage.redis is None else (*ANYWHERE, *ON_REDIS)
    await stage.serving()
    async with sending(stage, chance):
        await stage.more(50)
        for harm in chance.sample(harms, len(harms)):
            await harm(stage, chance)
            await stage.more(chance.randrange(5, 100))
    await stage.caught_up()
    lines = handled(stage.book)
    assert {line["id"] for line in lines} >= stage.sent
    await check_against_the_log(stage)
    check_order(stage.book)
    # At least once: what was under way when somebody died comes again, and not everything.
    assert len(lines) < 2 * len({line["position"] for line in lines})
    for runner in stage.runners:
        await asyncio.to_thread(runner.stop)
        check_log(runner.log, forgiven="HandlerFailed")


async def check_against_the_log(stage: Stage) -> None:
    """Nothing was handled that is not in the log, and nothing is missing between the first and the last."""
    in_log: dict[int, str] = {}
    for key in stage.keys:
        async with stage.server.client() as api:
            if key:
                api.headers["Authorization"] = f"Bearer {key}"
            in_log |= {event["position"]: event["id"] for event in await everything(api, "/events")}
    found = {line["position"]: line["id"] for line in handled(stage.book)}
    assert found == {position: in_log[position] for position in range(min(found), max(in_log) + 1)}
