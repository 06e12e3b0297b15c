"""A PostgreSQL store that was dumped and restored as another database: everything is there, and it goes on."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shadower.domain.events.event import Outcome, Position, WorkspaceId
from shadower.domain.events.moments import DAY
from shadower.domain.metrics.question import Aggregation
from shadower.domain.metrics.tally import Needs
from shadower.testing import NOW, HandClock, an_event
from tests.properties.test_stores_agree import differences
from tests.servers import PostgresServer
from tests.stores import OpenStore, migrate_postgres, postgres_bundle

pytestmark = pytest.mark.postgres

WORKSPACE = WorkspaceId(1)
OLD = [an_event(user_id=f"u{number % 3}", occurred_at=NOW - DAY) for number in range(20)]
NEW = an_event(user_id="new", occurred_at=NOW - DAY)


@asynccontextmanager
async def the_store(url: str) -> AsyncIterator[OpenStore]:
    clock = HandClock()
    store = OpenStore("postgres", clock, postgres_bundle(url, clock), lambda: postgres_bundle(url, clock))
    await store.store.open()
    try:
        yield store
    finally:
        await store.close()


async def counts(store: OpenStore) -> tuple[int, int]:
    """Return how many events and users there are."""
    async with store.snapshot(WORKSPACE) as snapshot:
        tally = (await snapshot.tally(Aggregation([NOW - 2 * DAY, NOW], Needs.SUMS | Needs.USERS)))[None][0]
    return tally.events, len(tally.users or ())


async def test_a_store_restored_from_a_dump_knows_everything_and_takes_in_more(
    postgres_server: PostgresServer, postgres_database: Callable[..., str], tmp_path: Path
) -> None:
    url = postgres_database(prepared_by=migrate_postgres)
    async with the_store(url) as store:
        await store.new_workspace("default")
        await store.append(*OLD[:15])
        await store.catch_up()
        await store.append(*OLD[15:])
    copy = postgres_database()
    postgres_server.copy_by_dump(url, copy, tmp_path / "dump")
    async with the_store(copy) as store:
        assert await counts(store) == (20, 3)
        assert await store.append(OLD[0], OLD[19], NEW) == [Outcome.DUPLICATE, Outcome.DUPLICATE, Outcome.STORED]
        assert [one.position for one in await store.log.read(Position(0), 100)] == list(range(1, 22))
        assert await counts(store) == (21, 4)
        await store.catch_up()
        assert await counts(store) == (21, 4)
        assert await differences(store) == []
        await store.store.keep()
