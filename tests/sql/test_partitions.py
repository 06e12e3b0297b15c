"""The log's partitions are made before they are needed, and an insert never fails for want of one."""

import pytest
from sqlalchemy import text

from shadower.adapters.postgres.database import PostgresDatabase
from shadower.adapters.postgres.partitions import WEEK, WEEKS_AHEAD, make_ahead
from shadower.adapters.sql.database import upgrade_schema
from shadower.domain.events.moments import DAY

pytestmark = pytest.mark.postgres

MONDAY = 1_767_571_200_000_000
"""2026-01-05T00:00:00Z."""

_INSERT = """
    INSERT INTO events (position, workspace_id, received_at, id, type, source, occurred_at)
    VALUES (:position, 1, :received_at, gen_random_uuid(), 'a.b', 'api', :received_at)
"""
_WHERE = "SELECT tableoid::regclass::text FROM events ORDER BY position"


@pytest.fixture
async def database(postgres_url: str) -> PostgresDatabase:
    made = PostgresDatabase(postgres_url)
    async with made.writing() as connection:
        await upgrade_schema(connection)
        await connection.commit()
    return made


async def test_this_week_and_four_more_are_made_once(database: PostgresDatabase) -> None:
    async with database.writing() as connection:
        for _ in range(2):
            await make_ahead(connection, MONDAY + 3 * DAY)
        found = await connection.scalars(text("SELECT relid::text FROM pg_partition_tree('events') WHERE isleaf"))
        names = sorted(found.all())
    assert len(names) == WEEKS_AHEAD + 2
    assert names[:2] == ["events_20260105", "events_20260112"]
    assert names[-1] == "events_default"
    await database.dispose()


async def test_a_row_lands_in_the_week_it_arrived_in(database: PostgresDatabase) -> None:
    async with database.writing() as connection:
        await make_ahead(connection, MONDAY)
        for position, received_at in enumerate((MONDAY, MONDAY + WEEK - 1, MONDAY + WEEK, MONDAY - 1), 1):
            await connection.execute(text(_INSERT), {"position": position, "received_at": received_at})
        found = (await connection.scalars(text(_WHERE))).all()
    assert found == ["events_20260105", "events_20260105", "events_20260112", "events_default"]
    await database.dispose()


async def test_rows_that_came_before_their_partition_are_moved_into_it(database: PostgresDatabase) -> None:
    async with database.writing() as connection:
        await connection.execute(text(_INSERT), {"position": 1, "received_at": MONDAY + DAY})
        assert (await connection.scalars(text(_WHERE))).all() == ["events_default"]
        await make_ahead(connection, MONDAY)
        assert (await connection.scalars(text(_WHERE))).all() == ["events_20260105"]
    await database.dispose()
