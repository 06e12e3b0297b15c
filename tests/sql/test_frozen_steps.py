"""A runner that is frozen in the middle of a step: the database ends its transaction, so that others can go on."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select, text

from shadower.adapters.postgres.database import PostgresDatabase
from shadower.adapters.postgres.store import PostgresStore
from shadower.adapters.sql.schema import projections
from shadower.adapters.sql.work import SqlBeginWork, SqlWork
from shadower.domain.errors import StoreUnavailable
from shadower.domain.events.event import Position
from shadower.domain.projections.lease import Lease
from shadower.testing import NOW, HandClock

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shadower.adapters.sql.leases.LEASE_SECONDS", 0.5)


async def step(work: SqlWork, lease: Lease) -> None:
    await work.projections.check(lease)
    await work.projections.move(lease, Position(0), Position(1), NOW)


async def move(work: SqlWork, lease: Lease) -> None:
    await work.projections.move(lease, Position(0), Position(1), NOW)


async def note_a_failure(work: SqlWork, lease: Lease) -> None:
    await work.projections.note_failure(lease, 1, "said", NOW)


async def renew(work: SqlWork, lease: Lease) -> None:
    await work.projections.renew([lease], 0.1)


async def release(work: SqlWork, lease: Lease) -> None:
    await work.projections.release(lease)


async def acquire(work: SqlWork, lease: Lease) -> None:
    await asyncio.sleep(0.2)
    assert await work.projections.acquire(lease.projection, "frozen", 0.1) is not None


@pytest.mark.parametrize("act", [step, move, note_a_failure, renew, release, acquire])
async def test_whoever_rests_longer_than_a_lease_is_ended_and_the_locks_with_it(
    postgres_url: str, act: Callable[[SqlWork, Lease], Awaitable[None]]
) -> None:
    database, other = PostgresDatabase(postgres_url), PostgresDatabase(postgres_url)
    await PostgresStore(database, HandClock()).migrate()
    begin, begin_elsewhere = (SqlBeginWork(each, quarantine_limit=0) for each in (database, other))
    async with begin() as work:
        await work.projections.register("mails", history=True)
        acquired = await work.projections.acquire("mails", "frozen", 0.1)
        await work.commit()
    assert acquired is not None
    lease = acquired[0]

    async def freeze() -> None:
        async with begin() as frozen:
            await act(frozen, lease)
            await asyncio.sleep(0.2)
            await asyncio.wait_for(take_over(), 10)
            await frozen.commit()

    async def take_over() -> None:
        async with begin_elsewhere() as successor:
            assert await successor.projections.acquire("mails", "successor", 60) is not None
            await successor.commit()
        taken_over.set()

    taken_over = asyncio.Event()
    with pytest.raises(StoreUnavailable):
        await freeze()
    assert taken_over.is_set()
    async with database.reading() as connection:
        assert await connection.scalar(select(projections.c.cursor).where(projections.c.name == "mails")) == 0
    await database.dispose()
    await other.dispose()


async def test_other_transactions_may_rest(postgres_url: str) -> None:
    database = PostgresDatabase(postgres_url)
    await PostgresStore(database, HandClock()).migrate()
    async with database.reading() as connection:
        await connection.execute(text("SELECT 1"))
        await asyncio.sleep(0.8)
        await connection.execute(text("SELECT 1"))
    await database.dispose()
