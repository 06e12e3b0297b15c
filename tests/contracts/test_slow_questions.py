"""A question that takes too long ends as QueryTimeout, says so, and leaves the store as it was."""

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy

import asyncpg
import pytest

from shadower.domain.errors import QueryTimeout
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import DAY, MINUTE
from shadower.domain.metrics.question import Aggregation, Dimension, Tallies
from shadower.domain.metrics.tally import Needs
from shadower.testing import NOW, an_event
from tests.stores import (
    OpenStore,
    arrived,
    folder_in_memory,
    migrate_postgres,
    opened,
    postgres_bundle,
    sqlite_bundle,
)

WORKSPACE = WorkspaceId(1)
EVERYTHING = Aggregation([*range(NOW - 20 * DAY, NOW + DAY, 15 * MINUTE)], Needs.ALL, {}, Dimension.SESSION)


async def ask_everything(store: OpenStore) -> Tallies:
    async with store.snapshot(WORKSPACE) as snapshot:
        return await snapshot.tally(EVERYTHING)


@pytest.fixture
async def sqlite(migrated_sqlite: Path) -> AsyncIterator[OpenStore]:
    with folder_in_memory() as folder:
        path = folder / "slow.db"
        copy(migrated_sqlite, path)
        async with opened("sqlite", lambda clock: sqlite_bundle(path, clock, statement_timeout=0.02)) as store:
            yield store


async def test_sqlite_gives_up_a_long_question_and_answers_the_next(sqlite: OpenStore) -> None:
    events = [an_event(session_id=f"s{number}", occurred_at=NOW - number * MINUTE) for number in range(20_000)]
    await sqlite.append(*events)
    for _ in range(6):
        with pytest.raises(QueryTimeout, match=r"0\.02 s"):
            await ask_everything(sqlite)
        async with sqlite.snapshot(WORKSPACE) as snapshot:
            assert len(await arrived(snapshot, 1)) == 1
    await sqlite.append(an_event())
    assert await sqlite.log.head() == 20_001


@pytest.mark.postgres
async def test_postgres_gives_up_a_question_that_waits_and_answers_the_next(postgres_database: object) -> None:
    url = postgres_database(prepared_by=migrate_postgres)  # type: ignore[operator]
    async with opened("postgres", lambda clock: postgres_bundle(url, clock, statement_timeout=0.3)) as store:
        await store.append(an_event())
        other = await asyncpg.connect(url)
        try:
            async with other.transaction():
                await other.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
                with pytest.raises(QueryTimeout, match=r"0\.3 s"):
                    await ask_everything(store)
        finally:
            await other.close()
        assert len(await ask_everything(store)) == 1
