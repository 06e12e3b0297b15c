"""EventLog on PostgreSQL when commits are slow, connections are cut and tables are locked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from shadower.domain.errors import StoreUnavailable, Unavailable
from shadower.domain.events.event import Outcome, Position
from shadower.testing import an_event
from tests.servers import PostgresServer
from tests.stores import OpenStore, migrate_postgres, opened, postgres_bundle

pytestmark = pytest.mark.postgres

SLOW_COMMITS = """
CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM events WHERE position = NEW.position AND source = 'slow') THEN PERFORM pg_sleep(1); END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER dawdling AFTER UPDATE ON log_head
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle();
"""
CUT_WAITING = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'shadower' AND wait_event_type IN ('Lock', 'Timeout')
"""

COMMITTING_SLOWLY = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'
"""

Ask = Callable[[str], Awaitable[str]]


@pytest.fixture
def url(postgres_database: Callable[..., str], postgres_server: PostgresServer) -> str:
    """A database in which the commit of an event from the source `slow` takes its time."""
    url: str = postgres_database(prepared_by=migrate_postgres)
    postgres_server.run(SLOW_COMMITS, url.rsplit("/", 1)[-1])
    return url


@pytest.fixture
async def store(url: str) -> AsyncIterator[OpenStore]:
    async with opened("postgres", lambda clock: postgres_bundle(url, clock)) as store:
        yield store


@pytest.fixture
def ask(url: str, postgres_server: PostgresServer) -> Ask:
    """Call it with a question to the database."""
    return lambda sql: asyncio.to_thread(postgres_server.run, sql, url.rsplit("/", 1)[-1])


async def cut_what_waits(ask: Ask) -> None:
    """Cut connections of the store until one of them was waiting."""
    async with asyncio.timeout(10):
        while await ask(CUT_WAITING) == "0":
            pass


async def until_committing_slowly(ask: Ask) -> None:
    async with asyncio.timeout(10):
        while await ask(COMMITTING_SLOWLY) == "0":
            pass


async def test_no_event_overtakes_one_whose_commit_is_slow(store: OpenStore, ask: Ask) -> None:
    twin = await store.twin()
    slow = asyncio.create_task(store.append(an_event(source="slow"), an_event(source="slow")))
    await until_committing_slowly(ask)
    quick = [asyncio.create_task((twin if turn % 2 else store).append(an_event())) for turn in range(4)]
    seen: list[tuple[int, str]] = []
    async with asyncio.timeout(10):
        while len(seen) < 6:
            read = await twin.log.read(Position(seen[-1][0] if seen else 0), 10)
            seen += [(one.position, one.event.source) for one in read]
            await asyncio.sleep(0.01)
    await asyncio.gather(slow, *quick)
    assert seen == [(1, "slow"), (2, "slow"), *((position, "api") for position in range(3, 7))]


async def test_reading_does_not_wait_for_a_slow_commit(store: OpenStore, ask: Ask) -> None:
    await store.append(an_event())
    slow = asyncio.create_task(store.append(an_event(source="slow")))
    await until_committing_slowly(ask)
    assert len(await store.log.read(Position(0), 10)) == 1
    assert not slow.done()
    await slow


async def test_an_append_cut_off_at_its_commit_may_be_sent_again(store: OpenStore, ask: Ask) -> None:
    events = [an_event(), an_event(source="slow")]
    cut = asyncio.create_task(store.append(*events))
    await cut_what_waits(ask)
    with pytest.raises(StoreUnavailable):
        await cut
    again = await store.append(*events)
    assert again == [Outcome.STORED] * 2
    assert [one.position for one in await store.log.read(Position(0), 10)] == [1, 2]


@pytest.mark.parametrize("table", ["log_head", "identities", "events", "intake"])
async def test_an_append_cut_off_while_it_writes_is_written_once_or_not_at_all(
    store: OpenStore, ask: Ask, url: str, table: str
) -> None:
    events = [an_event(), an_event()]
    other = await asyncpg.connect(url)
    try:
        async with other.transaction():
            await other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            cut = asyncio.create_task(store.append(*events))
            await cut_what_waits(ask)
    finally:
        await other.close()
    (answer,) = await asyncio.gather(cut, return_exceptions=True)
    assert answer == [Outcome.STORED] * 2 or isinstance(answer, StoreUnavailable)
    written = isinstance(answer, list)
    assert await store.append(*events) == [Outcome.DUPLICATE if written else Outcome.STORED] * 2
    assert await store.log.head() == 2


@pytest.mark.parametrize("table", ["log_head", "events", "intake"])
async def test_an_append_that_takes_too_long_is_given_up_and_may_be_sent_again(url: str, table: str) -> None:
    event = an_event()
    async with opened("postgres", lambda clock: postgres_bundle(url, clock, statement_timeout=0.3)) as impatient:
        other = await asyncpg.connect(url)
        try:
            async with other.transaction():
                await other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                with pytest.raises(Unavailable):
                    await impatient.append(event)
        finally:
            await other.close()
        assert await impatient.append(event) == [Outcome.STORED]


async def test_the_store_comes_back_by_itself_when_every_connection_was_cut(store: OpenStore, ask: Ask) -> None:
    await asyncio.gather(*(store.append(an_event()) for _ in range(8)))
    await ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'shadower'")
    assert await store.append(an_event()) == [Outcome.STORED]
    assert await store.log.head() == 9
