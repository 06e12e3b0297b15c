"""LISTEN and NOTIFY: wake-ups between processes, and what becomes of them when the listener is lost."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from shadower.domain.events.event import Position
from shadower.testing import an_event
from tests.servers import PostgresServer
from tests.stores import OpenStore, migrate_postgres, opened, postgres_bundle

pytestmark = pytest.mark.postgres

LISTENING = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
NEVER = 600.0
"""Seconds, compared with what a test may take."""


@pytest.fixture(autouse=True)
def rarely_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes soon has been told."""
    monkeypatch.setattr("shadower.adapters.sql.waiting._POLL_SECONDS", NEVER)


@pytest.fixture
def url(postgres_database: Callable[..., str]) -> str:
    made: str = postgres_database(prepared_by=migrate_postgres)
    return made


@pytest.fixture
async def store(url: str) -> AsyncIterator[OpenStore]:
    async with opened("postgres", lambda clock: postgres_bundle(url, clock)) as store:
        yield store


@pytest.fixture
def ask(url: str, postgres_server: PostgresServer) -> Callable[[str], str]:
    return lambda sql: postgres_server.run(sql, url.rsplit("/", 1)[-1])


async def listening(ask: Callable[[str], str], connections: int = 1) -> None:
    """Wait until so many connections listen."""
    async with asyncio.timeout(60):
        while await asyncio.to_thread(ask, f"SELECT count(*) {LISTENING}") != str(connections):
            pass


async def check_woken(store: OpenStore, after: int) -> None:
    """An append wakes somebody who waits in another process."""
    twin = await store.twin()
    waiting = asyncio.create_task(store.log.wait(Position(after), within=NEVER))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    await twin.append(an_event())
    async with asyncio.timeout(60):
        assert await waiting == after + 1


async def test_an_append_in_another_process_wakes_those_who_wait(store: OpenStore, ask: Callable[[str], str]) -> None:
    await store.log.wait(Position(0), within=0)
    await listening(ask)
    for number in range(5):
        await check_woken(store, number)


async def test_a_lost_listener_comes_back_and_what_it_missed_is_looked_for(
    store: OpenStore, ask: Callable[[str], str]
) -> None:
    twin = await store.twin()
    waiting = asyncio.create_task(store.log.wait(Position(0), within=NEVER))
    await listening(ask)
    await asyncio.sleep(0.2)
    assert await asyncio.to_thread(ask, f"SELECT pg_terminate_backend(pid) {LISTENING}") == "t"
    await twin.append(an_event())
    async with asyncio.timeout(60):
        assert await waiting == 1
    await listening(ask)
    await check_woken(store, 1)


async def test_without_a_listener_those_who_wait_look_for_themselves(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shadower.adapters.sql.waiting._POLL_SECONDS", 0.2)
    monkeypatch.setattr("shadower.adapters.postgres.listener.Listener.listen", lambda *_: None)
    await check_woken(store, 0)


async def test_appends_that_stored_nothing_wake_nobody(store: OpenStore, ask: Callable[[str], str]) -> None:
    event = an_event()
    await store.append(event)
    twin = await store.twin()
    waiting = asyncio.create_task(store.log.wait(Position(1), within=1.5))
    await listening(ask)
    await twin.append(event)
    assert await waiting == 1


async def test_listening_ends_with_the_store_and_begins_anew_with_it(
    store: OpenStore, ask: Callable[[str], str]
) -> None:
    for number in range(2):
        await store.log.wait(Position(number + 5), within=0)
        await listening(ask)
        await store.store.close()
        await listening(ask, connections=0)
        await store.store.open()
