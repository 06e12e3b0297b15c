"""Retention is killed at random moments while events come in: none is half removed, and every answer stays."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any

import httpx
from sqlalchemy import text

from shadower.adapters.sql.database import Database
from shadower.adapters.system.clock import SystemClock
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import DAY, MINUTE, datetime_of
from shadower.domain.workspaces.workspace import Weekday
from shadower.entrypoints.settings_sources import settings_for
from shadower.entrypoints.wiring.bundle import StoreBundle
from shadower.entrypoints.wiring.choice import chosen_store
from shadower.testing import a_batch, an_event
from tests.faults.reckoning import verify
from tests.faults.shadower_server import ADMIN_KEY, ShadowerServer
from tests.patience import eventually

EVENTS = 18_000
AGES = (33.5, 32.5, 31.5, 30.5, 29.5, 28.5)
"""Days since the events were received, as many of each age."""
TERM = 30
GONE = EVENTS * 4 // 6
KILLS = 2
BEGUN = "SELECT count(*) FROM retention_runs WHERE due > 0"
HALVES = """
    SELECT count(*) FROM events FULL JOIN identities
        ON identities.workspace_id = events.workspace_id AND identities.id = events.id
        AND identities.position = events.position AND identities.received_at = events.received_at
    WHERE events.position IS NULL OR identities.position IS NULL
"""
REMAINING = "SELECT count(*) FROM events WHERE workspace_id = {} AND source <> 'shadower'"
METRICS = "events,successes,cost,p95,active_users,active_agents,sessions"


async def test_retention_killed_at_any_moment_removes_each_event_wholly_or_not_at_all(
    server: ShadowerServer, chance: Random
) -> None:
    async with store_of(server) as store, server.client() as api:
        old = await fill(store, chance)
        async with sending(api) as sent, asking(server) as reader:
            await caught_up(api)
            before = await answers(reader)
            assert before[0]["metrics"]["events"]["value"] == EVENTS
            command(server, "retention", "set", "old", str(TERM))
            assert command(server, "retention", "run", "--dry-run") == f"old\tsucceeded\t{GONE}\t0\t-\n"
            for _ in range(KILLS):
                await kill_in_the_middle(server, store, chance)
                assert await asked(store, HALVES) == 0
                assert await answers(reader) == before
            command(server, "retention", "run")
            assert await answers(reader) == before
            acknowledged = sent[0]
            told = (await api.get("/events/statistics")).raise_for_status().json()
            assert told["exact"]
            assert told["events"] >= acknowledged
        assert await asked(store, f"SELECT sum(events) FROM removed WHERE workspace_id = {old}") == GONE
        assert await asked(store, REMAINING.format(old)) == EVENTS - GONE
    await asyncio.to_thread(server.stop)
    await verify(server)
    server.check_log()


async def kill_in_the_middle(server: ShadowerServer, store: StoreBundle, chance: Random) -> None:
    """Start retention, and kill it a random moment after it has begun to remove; it may be done by then."""
    begun = await asked(store, BEGUN)

    async def is_removing() -> bool:
        return await asked(store, BEGUN) > begun

    with server.running("retention", "run"):
        await eventually(is_removing)
        await asyncio.sleep(chance.uniform(0, 1.2))


@asynccontextmanager
async def store_of(server: ShadowerServer) -> AsyncIterator[StoreBundle]:
    """The server's store, as another process has it open."""
    url = server.settings.get("SHADOWER_DATABASE_URL", f"sqlite:///{server.sqlite_file}")
    bundle = chosen_store(settings_for(database_url=url), SystemClock())
    await bundle.store.open()
    try:
        yield bundle
    finally:
        await bundle.store.close()


async def fill(store: StoreBundle, chance: Random) -> WorkspaceId:
    """Make a workspace with old events, received as a server would have received them then."""
    async with store.begin() as work:
        made = await work.workspaces.add("old", "Old", "UTC", Weekday.MONDAY, SystemClock().now())
        await work.commit()
    for age in AGES:
        at = SystemClock().now() - round(age * DAY)
        events = [
            an_event(
                occurred_at=at - chance.randrange(DAY // 2),
                agent_id=f"agent-{chance.randrange(20)}",
                user_id=f"user-{chance.randrange(50)}",
                session_id=f"session-{number // 5}",
                status=chance.choice(["success", "failure"]),
                duration_us=chance.randrange(10 * MINUTE),
            )
            for number in range(EVENTS // len(AGES))
        ]
        await store.log.append([a_batch(*events, workspace=made.id, received_at=at)])
    return made.id


@asynccontextmanager
async def sending(api: httpx.AsyncClient) -> AsyncIterator[list[int]]:
    """Somebody sends events all the while; yields how many are acknowledged."""
    acknowledged = [0]

    async def send() -> None:
        while True:
            batch = [{"type": "agent.executed", "status": "success", "agent_id": "now"} for _ in range(20)]
            answer = await api.post("/events", json=batch)
            acknowledged[0] += answer.raise_for_status().json()["stored"]
            await asyncio.sleep(0.2)

    sender = asyncio.create_task(send())
    try:
        yield acknowledged
    finally:
        sender.cancel()
        with suppress(asyncio.CancelledError):
            await sender


@asynccontextmanager
async def asking(server: ShadowerServer) -> AsyncIterator[httpx.AsyncClient]:
    """A client that may read what is in the old workspace."""
    key = command(server, "keys", "create", "--workspace", "old", "--scope", "read").strip()
    async with server.client() as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


async def answers(reader: httpx.AsyncClient) -> list[Any]:
    """Ask what pages can answer, over whole days."""
    now = SystemClock().now()
    days = {"from": f"{datetime_of(now - 40 * DAY):%Y-%m-%d}", "to": f"{datetime_of(now - 20 * DAY):%Y-%m-%d}"}
    found = []
    for path, asked_for in (
        ("summary", {}),
        ("timeseries", {"interval": "hour"}),
        ("breakdown", {"by": "agent_id"}),
        ("breakdown", {"by": "user_id"}),
        ("summary", {"user_id": "user-7", "status": "failure"}),
    ):
        answer = await reader.get(f"/metrics/{path}", params={"metric": METRICS} | days | asked_for)
        told = answer.raise_for_status().json()
        assert told["exact"], told["reason"]
        del told["fresh_to"]
        found.append(told)
    return found


async def caught_up(api: httpx.AsyncClient) -> None:
    async def is_near() -> bool:
        health = await api.get(str(api.base_url.copy_with(path="/health")), headers={"X-API-Key": ADMIN_KEY})
        return all(projection["position"] > EVENTS for projection in health.json()["projections"])

    await eventually(is_near)


async def asked(store: StoreBundle, statement: str) -> int:
    database: Database = store.store._database  # type: ignore[attr-defined]
    async with database.reading() as connection:
        return int(await connection.scalar(text(statement)) or 0)


def command(server: ShadowerServer, *words: str) -> str:
    """Run a command to its good end and return what it says."""
    told = server.run(*words)
    assert told.returncode == 0, told.stderr
    return told.stdout
