"""A reader that follows the log never skips an event whose transaction was slow to commit."""

import asyncio

import pytest
from sqlalchemy import text

from shadower.adapters.postgres.database import PostgresDatabase
from shadower.adapters.postgres.log import PostgresEventLog
from shadower.adapters.postgres.store import PostgresStore
from shadower.domain.events.event import Outcome, Position
from shadower.testing import NOW, HandClock, a_batch, an_event

pytestmark = pytest.mark.postgres

_SLOW = (
    "SELECT position FROM log_head FOR UPDATE",
    (
        "INSERT INTO events (position, workspace_id, received_at, id, type, source, occurred_at) VALUES"
        f" (1, 1, {NOW}, gen_random_uuid(), 'slow.one', 'api', {NOW})"
    ),
    "UPDATE log_head SET position = 1",
)


async def test_an_append_waits_for_the_slow_one_before_it(postgres_url: str) -> None:
    database = PostgresDatabase(postgres_url)
    await PostgresStore(database, HandClock()).migrate()
    log = PostgresEventLog(database, quarantine_limit=0)
    async with database.writing() as slow:
        for statement in _SLOW:
            await slow.execute(text(statement))
        quick = asyncio.create_task(log.append([a_batch(an_event(type="quick.one"))]))
        done, _ = await asyncio.wait({quick}, timeout=0.5)
        assert not done
        assert await log.read(Position(0), 10) == []
        await slow.commit()
    assert await quick == [[Outcome.STORED]]
    assert [(found.position, found.event.type) for found in await log.read(Position(0), 10)] == [
        (1, "slow.one"),
        (2, "quick.one"),
    ]
    await database.dispose()


async def test_a_position_whose_transaction_rolled_back_is_given_again(postgres_url: str) -> None:
    database = PostgresDatabase(postgres_url)
    await PostgresStore(database, HandClock()).migrate()
    log = PostgresEventLog(database, quarantine_limit=0)
    async with database.writing() as failing:
        for statement in _SLOW:
            await failing.execute(text(statement))
    await log.append([a_batch(an_event(type="quick.one"))])
    assert [(found.position, found.event.type) for found in await log.read(Position(0), 10)] == [(1, "quick.one")]
    await database.dispose()
