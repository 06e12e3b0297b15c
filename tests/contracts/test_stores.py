"""Store: opened, migrated, looked at, kept up and closed."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from shadower.application.ports.work import SignIn
from shadower.domain.errors import SchemaMismatch, StoreUnavailable
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.events.moments import DAY, HOUR, MINUTE
from shadower.domain.keys.key import Scope, digest_of
from shadower.testing import NOW, HandClock, an_event
from tests.stores import SQL_STORES, OpenStore, arrived, folder_in_memory, postgres_bundle, sqlite_bundle

WORKSPACE = WorkspaceId(1)


async def test_an_open_store_is_healthy_and_tells_its_position(store: OpenStore) -> None:
    await store.append(an_event(), an_event())
    health = await store.store.health()
    assert health.reachable
    assert health.position == 2
    assert health.schema_version == health.schema_wanted


async def test_migrating_what_is_migrated_changes_nothing(store: OpenStore) -> None:
    await store.append(an_event())
    await store.store.migrate()
    assert await store.log.head() == 1
    assert (await store.store.health()).schema_version is not None


async def test_a_store_closed_and_opened_again_holds_what_it_held(store: OpenStore) -> None:
    await store.append(an_event())
    for _ in range(2):
        await store.store.close()
        await store.store.open()
    assert await store.log.head() == 1
    await store.append(an_event())
    async with store.snapshot(WORKSPACE) as snapshot:
        assert len(await arrived(snapshot)) == 2


async def test_closing_twice_is_fine(store: OpenStore) -> None:
    await store.store.close()
    await store.store.close()


async def test_a_damaged_database_is_told_without_quoting_a_query(folder: Path) -> None:
    store = sqlite_bundle(folder / "damaged.db", HandClock()).store
    await store.migrate()
    with closing(sqlite3.connect(folder / "damaged.db")) as connection:
        connection.execute("DROP TABLE log_head")
    health = await store.health()
    await store.close()
    assert (health.reachable, health.detail) == (False, "The database cannot be read (OperationalError).")


@pytest.fixture(params=SQL_STORES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], OpenStore]:
    """Call it for a store on an empty database: no schema yet, not opened."""
    clock = HandClock()
    if request.param == "sqlite":
        folder = request.getfixturevalue("folder")
        return lambda: OpenStore("sqlite", clock, sqlite_bundle(folder / "x" / "new.db", clock), lambda: None)  # type: ignore[arg-type,return-value]
    url = request.getfixturevalue("postgres_url")
    return lambda: OpenStore("postgres", clock, postgres_bundle(url, clock), lambda: None)  # type: ignore[arg-type,return-value]


@pytest.fixture
def folder() -> object:
    with folder_in_memory() as made:
        yield made


async def test_an_empty_database_opens_only_once_it_is_migrated(empty: Callable[[], OpenStore]) -> None:
    store = empty()
    with pytest.raises(SchemaMismatch):
        await store.store.open()
    health = await store.store.health()
    assert (health.reachable, health.schema_version, health.position) == (True, None, None)
    await store.store.migrate()
    await store.store.open()
    assert await store.new_workspace("default") == 1
    await store.append(an_event())
    assert await store.log.head() == 1
    await store.close()


async def test_processes_that_start_at_once_migrate_once(empty: Callable[[], OpenStore]) -> None:
    stores = [empty() for _ in range(4)]
    await asyncio.gather(*(store.store.migrate() for store in stores))
    await asyncio.gather(*(store.store.open() for store in stores))
    await stores[0].append(an_event())
    assert [await store.log.head() for store in stores] == [1, 1, 1, 1]
    for store in stores:
        await store.close()


@pytest.mark.postgres
async def test_a_database_that_is_away_makes_the_store_unavailable_and_is_told_by_its_health() -> None:
    bundle = postgres_bundle("postgresql://nobody@127.0.0.1:1/nothing", HandClock())
    with pytest.raises(StoreUnavailable):
        await bundle.store.open()
    with pytest.raises(StoreUnavailable):
        await bundle.log.append([])
    health = await bundle.store.health()
    assert not health.reachable
    assert health.position is None
    await bundle.store.close()


async def test_a_file_that_cannot_be_made_makes_the_store_unavailable() -> None:
    bundle = sqlite_bundle(Path("/proc/nowhere/shadower.db"), HandClock())
    with pytest.raises(StoreUnavailable):
        await bundle.store.open()
    assert not (await bundle.store.health()).reachable
    await bundle.store.close()


async def test_upkeep_clears_old_intake_counts_and_keeps_the_last_of_each_source(store: OpenStore) -> None:
    await store.append(an_event(source="excel"), at=NOW - 300 * DAY)
    await store.append(an_event(), at=NOW - 25 * HOUR)
    await store.store.keep()
    async with store.snapshot(WORKSPACE) as snapshot:
        assert [count.source for count in await snapshot.intake(0)] == ["api"]
        assert {(last.source, last.last_at) for last in await snapshot.last_intake()} == {
            ("excel", NOW - 300 * DAY),
            ("api", NOW - 25 * HOUR),
        }
    assert await store.log.head() == 2


async def test_upkeep_clears_expired_sign_ins(store: OpenStore) -> None:
    async with store.begin() as work:
        key = await work.keys.add(WORKSPACE, "a", digest_of("shd"), "shd", frozenset({Scope.READ}), NOW)
        await work.sign_ins.add(SignIn(digest_of("short"), key.id, NOW, NOW + MINUTE))
        await work.sign_ins.add(SignIn(digest_of("long"), key.id, NOW, NOW + HOUR))
        await work.commit()
    store.clock.move(MINUTE)
    await store.store.keep()
    async with store.begin(reading=True) as work:
        assert await work.sign_ins.find(digest_of("short")) is None
        assert await work.sign_ins.find(digest_of("long")) is not None


async def test_upkeep_lets_the_store_go_on_however_far_the_clock_moves(store: OpenStore) -> None:
    for _ in range(4):
        store.clock.move(40 * DAY)
        await store.append(an_event(), at=store.clock.now())
        await store.store.keep()
        await store.store.keep()
        await store.append(an_event(), at=store.clock.now())
    async with store.snapshot(WORKSPACE) as snapshot:
        assert [one.position for one in await arrived(snapshot)] == list(range(1, 9))
    assert len(await store.log.read(Position(0), 100)) == 8
