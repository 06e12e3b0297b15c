"""A store that goes on from an older copy of itself, before the same cache: what the copy lacked has never been."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shadower.adapters.diskcache.tier import DiskTier
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import DAY
from shadower.domain.metrics.question import Aggregation
from shadower.domain.metrics.tally import Needs, Tally
from shadower.testing import NOW, HandClock, an_event
from tests.kept import cache_of, keeping
from tests.stores import OpenStore, sqlite_bundle

WORKSPACE = WorkspaceId(1)
ADA, BOB, ZOE = (an_event(user_id=name, occurred_at=NOW - 4 * DAY) for name in ("ada", "bob", "zoe"))
CAROL = an_event(user_id="carol")
"""Of today: no hour of what is kept is touched by it."""


@pytest.fixture
async def folder(tmp_path: Path, migrated_sqlite: Path) -> Path:
    """Where there is an empty store, and nothing in the cache."""
    shutil.copy(migrated_sqlite, tmp_path / "store")
    async with the_store(tmp_path) as store:
        await store.new_workspace("default")
    return tmp_path


@asynccontextmanager
async def the_store(folder: Path) -> AsyncIterator[OpenStore]:
    clock = HandClock()
    bundle = sqlite_bundle(folder / "store", clock)
    store = OpenStore("sqlite", clock, bundle, lambda: bundle)
    await bundle.store.open()
    try:
        yield store
    finally:
        await store.close()


async def kept_pieces(store: OpenStore, folder: Path, needs: Needs) -> int:
    """Ask as a process that has just begun, and return how many pieces were kept. Fails if the answer is wrong."""
    question = Aggregation([NOW - 9 * DAY, NOW + DAY], needs)
    cache = cache_of(store.clock, DiskTier(folder / "cache", 2**24))
    async with keeping(store.snapshot, cache)(WORKSPACE) as kept, store.snapshot(WORKSPACE) as plain:
        found, wanted = [(await each.tally(question))[None][0] for each in (kept, plain)]
    await cache.close()
    assert counts(found) == counts(wanted)
    return cache.figures().warm_hits


def counts(tally: Tally) -> tuple[int, int]:
    return tally.events, len(tally.users or ())


async def test_a_log_with_an_event_that_was_sent_again_is_another(folder: Path) -> None:
    async with the_store(folder) as store:
        await store.append(ADA)
    shutil.copy(folder / "store", folder / "copy")
    async with the_store(folder) as store:
        await store.append(BOB, ZOE)
        await kept_pieces(store, folder, Needs.SUMS)
        assert await kept_pieces(store, folder, Needs.SUMS) == 2
    shutil.copy(folder / "copy", folder / "store")
    async with the_store(folder) as store:
        await store.append(CAROL, ZOE, at=NOW + 1)
        assert await kept_pieces(store, folder, Needs.SUMS) == 0


async def test_numbers_that_were_given_after_the_copy_mean_nothing_to_it(folder: Path) -> None:
    async with the_store(folder) as store:
        await store.append(ADA)
        await store.catch_up()
        await store.append(ZOE)
    shutil.copy(folder / "store", folder / "copy")
    async with the_store(folder) as store:
        await store.catch_up()
        await kept_pieces(store, folder, Needs.USERS)
        assert await kept_pieces(store, folder, Needs.USERS) == 2
    shutil.copy(folder / "copy", folder / "store")
    async with the_store(folder) as store:
        await store.append(CAROL)
        await store.catch_up()
        assert await kept_pieces(store, folder, Needs.USERS) == 1, "that of today's hours, in which nobody was there"


async def test_what_was_kept_before_the_copy_is_true_of_it(folder: Path) -> None:
    async with the_store(folder) as store:
        await store.append(ADA, ZOE)
        await store.catch_up()
        await kept_pieces(store, folder, Needs.USERS)
    shutil.copy(folder / "store", folder / "copy")
    async with the_store(folder) as store:
        await store.append(BOB)
    shutil.copy(folder / "copy", folder / "store")
    async with the_store(folder) as store:
        await store.append(CAROL)
        await store.catch_up()
        assert await kept_pieces(store, folder, Needs.USERS) == 2
