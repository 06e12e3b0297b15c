"""Partitions of the log are made before they are needed, dropped when empty, and no insert fails for want of one."""

import asyncio

import pytest
from sqlalchemy import text

from shadower.adapters.postgres.database import PostgresDatabase
from shadower.adapters.postgres.pages import PostgresPageStore
from shadower.adapters.postgres.partitions import WEEK, WEEKS_AHEAD, make_ahead
from shadower.adapters.postgres.removal import PostgresEventRemoval
from shadower.adapters.sql.database import upgrade_schema
from shadower.domain.events.moments import DAY
from shadower.testing import HandClock

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


def removal(database: PostgresDatabase) -> PostgresEventRemoval:
    return PostgresEventRemoval(database, PostgresPageStore(), HandClock())


async def made(database: PostgresDatabase) -> None:
    """Make the partitions of six weeks, with one row in the second."""
    async with database.writing() as connection:
        await make_ahead(connection, MONDAY)
        await make_ahead(connection, MONDAY + WEEK)
        await connection.execute(text(_INSERT), {"position": 1, "received_at": MONDAY + WEEK})
        await connection.commit()


async def partitions(database: PostgresDatabase) -> list[str]:
    async with database.reading() as connection:
        found = await connection.scalars(text("SELECT relid::text FROM pg_partition_tree('events') WHERE isleaf"))
        return sorted(found.all())


async def test_a_partition_goes_when_it_is_past_and_nothing_is_left_in_it(database: PostgresDatabase) -> None:
    await made(database)
    before = await partitions(database)
    assert await removal(database).drop_partitions(MONDAY + WEEK - 1) == []
    assert await removal(database).drop_partitions(MONDAY + 3 * WEEK) == ["events_20260105", "events_20260119"]
    assert await partitions(database) == [name for name in before if name not in {"events_20260105", "events_20260119"}]
    async with database.writing() as connection:
        assert (await connection.scalars(text(_WHERE))).all() == ["events_20260112"]
        await connection.execute(text(_INSERT), {"position": 2, "received_at": MONDAY})
        assert (await connection.scalars(text(_WHERE))).all() == ["events_20260112", "events_default"]
    await database.dispose()


async def test_several_who_drop_at_once_do_not_get_in_each_others_way(database: PostgresDatabase) -> None:
    await made(database)
    dropped = await asyncio.gather(*(removal(database).drop_partitions(MONDAY + 3 * WEEK) for _ in range(3)))
    assert sorted(name for names in dropped for name in names or ()) == ["events_20260105", "events_20260119"]
    await database.dispose()


async def test_a_partition_in_use_stays_for_another_day(
    database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shadower.adapters.postgres.removal._PAUSE", 0.01)
    await made(database)
    async with database.reading() as connection:
        await connection.execute(text("SELECT count(*) FROM events"))
        assert await removal(database).drop_partitions(MONDAY + WEEK) == []
    assert await removal(database).drop_partitions(MONDAY + WEEK) == ["events_20260105"]
    await database.dispose()


async def test_a_row_that_arrives_just_then_is_not_dropped(database: PostgresDatabase) -> None:
    """Of a process whose clock is weeks behind."""
    await made(database)
    async with database.writing() as late:
        await late.execute(text(_INSERT), {"position": 2, "received_at": MONDAY})
        dropping = asyncio.create_task(removal(database).drop_partitions(MONDAY + WEEK))
        await asyncio.sleep(0.1)
        await late.commit()
    assert await dropping == []
    assert "events_20260105" in await partitions(database)
    await database.dispose()
