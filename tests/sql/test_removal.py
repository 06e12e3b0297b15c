"""Removing events in the databases: partitions go, rebuilds and repeats are waited for, and nothing is half done."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from shadower.adapters.sql import seeding
from shadower.adapters.sql.database import Database
from shadower.adapters.sql.projections import REBUILDING
from shadower.adapters.sql.removal import DEAD_AFTER, EventsMissing
from shadower.adapters.sql.rollups import RebuildOvertaken
from shadower.adapters.sql.schema import identities, pages, projections
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import DAY
from shadower.domain.metrics.question import Aggregation
from shadower.domain.metrics.tally import Needs
from shadower.entrypoints.wiring.bundle import StoreBundle
from shadower.testing import NOW, HandClock, an_event
from tests.properties.test_stores_agree import differences, rebuilt, removed
from tests.stores import SQL_STORES, OpenStore, arrived, emptied_postgres, migrated_sqlite, new_bundle, opened

__all__ = ["emptied_postgres", "migrated_sqlite", "new_bundle"]

WORKSPACE = WorkspaceId(1)


@pytest.fixture(params=SQL_STORES)
async def store(
    request: pytest.FixtureRequest, new_bundle: Callable[[str], Callable[[HandClock], StoreBundle]]
) -> AsyncIterator[OpenStore]:
    """A database with ten events that its rollups have taken in."""
    async with opened(request.param, new_bundle(request.param)) as store:
        await store.append(*(an_event(session_id=f"s{number}") for number in range(10)))
        await store.catch_up()
        yield store


def database_of(store: OpenStore) -> Database:
    found: Database = store._bundle.store._database  # type: ignore[attr-defined]
    return found


async def count(store: OpenStore) -> int:
    async with store.snapshot(WORKSPACE) as snapshot:
        tallies = await snapshot.tally(Aggregation([NOW - DAY, NOW + DAY], Needs.SUMS))
    return sum(tally.events for buckets in tallies.values() for tally in buckets.values())


async def test_nothing_goes_while_a_rebuild_has_not_taken_it_in(store: OpenStore) -> None:
    rebuild = store.rollups.rebuild()
    async with database_of(store).writing() as connection:
        await connection.execute(projections.insert().values(name=REBUILDING, generation=9, cursor=4, moved_at=NOW))
        await connection.commit()
    assert await removed(store, WORKSPACE, NOW + 1, 100) == 4
    assert await count(store) == 10
    async for _ in rebuild:
        assert await removed(store, WORKSPACE, NOW + 1, 100) in {0, 6}
    assert await removed(store, WORKSPACE, NOW + 1, 100) in {0, 6}
    assert await count(store) == 10
    assert await differences(store) == []


async def test_a_rebuild_that_begins_just_then_is_waited_for(store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    removal: Any = store.removal
    carry_out, begun = removal._carry_out, []

    async def after_a_rebuild_has_begun(*step: object) -> object:
        if not begun:
            begun.append(await anext(aiter(store.rollups.rebuild())))
            async with database_of(store).writing() as connection:
                await connection.execute(update(projections).where(projections.c.name == REBUILDING).values(cursor=0))
                await connection.commit()
        return await carry_out(*step)

    monkeypatch.setattr(removal, "_carry_out", after_a_rebuild_has_begun)
    assert await removed(store, WORKSPACE, NOW + 1, 100) == 0
    assert await count(store) == 10
    await rebuilt(store)
    assert await removed(store, WORKSPACE, NOW + 1, 100) == 10
    assert await count(store) == 10
    assert await differences(store) == []


async def test_a_rebuild_that_stood_still_for_too_long_is_given_up(store: OpenStore) -> None:
    rebuild = store.rollups.rebuild()
    await anext(aiter(rebuild))
    async with database_of(store).writing() as connection:
        await connection.execute(update(projections).where(projections.c.name == REBUILDING).values(cursor=0))
        await connection.commit()
    store.clock.move(DEAD_AFTER)
    assert await removed(store, WORKSPACE, NOW + 1, 100) == 0
    store.clock.move(1)
    assert await removed(store, WORKSPACE, NOW + 1, 100) == 10
    with pytest.raises(RebuildOvertaken):
        async for _ in rebuild:
            pass
    assert await count(store) == 10
    assert await differences(store) == []
    await rebuilt(store)
    assert await count(store) == 10
    assert await differences(store) == []


async def test_a_rebuild_begins_with_what_is_sealed_in_steps(store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    await removed(store, WORKSPACE, NOW + 1, 100)
    monkeypatch.setattr(seeding, "_PAGES_A_STEP", 2)
    await rebuilt(store)
    async with database_of(store).reading() as connection:
        generations = (await connection.scalars(select(pages.c.generation).distinct())).all()
        sealed = (await connection.execute(select(pages).where(pages.c.generation == 0))).all()
    assert sorted(generations) == [0, 2]
    assert len(sealed) > 4
    assert await differences(store) == []
    assert await count(store) == 10


async def test_a_damaged_store_loses_nothing_more(store: OpenStore) -> None:
    async with database_of(store).writing() as connection:
        await connection.execute(delete(identities).where(identities.c.position == 5))
        await connection.commit()
    with pytest.raises(EventsMissing, match="10 events to remove, 10 and the identities of 9"):
        await removed(store, WORKSPACE, NOW + 1, 100)
    async with store.snapshot(WORKSPACE) as snapshot:
        assert snapshot.removed is None
        assert len(await arrived(snapshot)) == 10


async def test_a_recount_finds_what_is_sealed_wrongly(store: OpenStore) -> None:
    await removed(store, WORKSPACE, NOW + 1, 100)
    async with database_of(store).writing() as connection:
        await connection.execute(delete(pages).where(pages.c.generation == 0, pages.c.level == 2))
        await connection.commit()
    assert len(await differences(store)) > 0
