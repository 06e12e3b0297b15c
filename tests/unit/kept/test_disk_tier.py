"""The tier on disk: bytes alone, and whatever cannot be read is thrown away."""

import pickle
import resource
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shadower.adapters.diskcache.tier import DiskTier
from shadower.adapters.resilience.breaker import Breaker
from shadower.adapters.tiered.cache import TieredCache
from shadower.adapters.tiered.hot import HotTier
from shadower.adapters.tiered.warm import WarmTier
from shadower.application.ports.cache import CacheKey, CacheTierUnavailable
from shadower.domain.events.event import WorkspaceId
from shadower.domain.keys.key import Scope
from shadower.testing import HandClock
from tests.kept import NoChance, cache_of

LIMIT = 2**20
KEY = CacheKey(WorkspaceId(1), Scope.READ, "test", "a")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
async def tier(folder: Path) -> AsyncIterator[DiskTier]:
    tier = DiskTier(folder, LIMIT)
    yield tier
    await tier.close()


async def set_(tier: DiskTier, name: str, value: bytes = b"value") -> None:
    await tier.set(name, value, ttl=60.0, tags=[])


def on_disk(folder: Path) -> list[tuple[str, int]]:
    return [(file.name, file.stat().st_size) for file in folder.rglob("*")]


def write(folder: Path, database: bytes) -> None:
    folder.mkdir()
    (folder / "cache.db").write_bytes(database)


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """To whoever writes, that is a disk without room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_making_it_opens_nothing(folder: Path, tier: DiskTier) -> None:
    assert on_disk(folder) == []


async def test_what_was_written_is_there_for_the_next_process(folder: Path, tier: DiskTier) -> None:
    await set_(tier, "small")
    await set_(tier, "large", b"x" * 100_000)
    await tier.close()
    other = DiskTier(folder, LIMIT)
    assert [await other.get(name) for name in ("small", "large", "none")] == [b"value", b"x" * 100_000, None]
    await other.close()


async def test_it_is_bounded(folder: Path, tier: DiskTier) -> None:
    for number in range(60):
        await set_(tier, f"number {number}", b"x" * 100_000)
    assert await tier.get("number 59") is not None
    assert await tier.get("number 0") is None
    assert (tier.size() or 0) <= LIMIT + 200_000
    assert sum(size for name, size in on_disk(folder) if name.endswith(".val")) <= LIMIT


class Trap:
    """Says so when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (pytest.fail, ("It was unpickled.",))


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE Cache SET mode = 4, value = :pickled",
        "UPDATE Cache SET value = 'text'",
        "UPDATE Cache SET mode = 2, filename = 'nothing.val', value = NULL",
        "DROP TABLE Cache",
    ],
    ids=["a pickle", "a text", "a lost file", "no table"],
)
async def test_what_is_no_value_of_ours_is_none(folder: Path, tier: DiskTier, harm: str) -> None:
    await set_(tier, "name")
    with sqlite3.connect(folder / "cache.db") as connection:
        connection.execute(harm, {"pickled": pickle.dumps(Trap())} if "pickled" in harm else {})
    connection.close()
    try:
        assert await tier.get("name") is None
    except CacheTierUnavailable:
        assert await tier.get("name") is None
    await set_(tier, "name")
    assert await tier.get("name") == b"value"


async def test_a_file_that_is_no_database_is_thrown_away(folder: Path, tier: DiskTier) -> None:
    write(folder, b"This is not a database." * 1_000)
    with pytest.raises(CacheTierUnavailable):
        await tier.get("name")
    await set_(tier, "name")
    assert await tier.get("name") == b"value"


async def test_a_full_disk_leaves_the_cache_in_memory_until_there_is_room(tier: DiskTier) -> None:
    now = 0.0
    warm = WarmTier(tier, Breaker(threshold=2, cooldown=1.0, clock=lambda: now))
    cache = TieredCache(HotTier(2**22), warm, HandClock(), NoChance())
    keys = [CacheKey(WorkspaceId(1), Scope.READ, "test", f"{number}") for number in range(20)]
    await cache.set(KEY, b"before", ttl=60.0)
    with no_file_larger_than(20_000):
        for key in keys:
            await cache.set(key, b"x" * 50_000, ttl=60.0)
            assert await cache.get(key) == b"x" * 50_000
    assert not cache.figures().warm_up
    now = 2.0
    await cache.set(keys[0], b"after", ttl=60.0)
    assert cache.figures().warm_up
    assert await tier.get(keys[0].text) is not None


async def test_a_folder_that_cannot_be_made_leaves_the_cache_in_memory(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    cache = cache_of(HandClock(), DiskTier(tmp_path / "cache" / "below", LIMIT))
    for digest in "abcde":
        key = CacheKey(WorkspaceId(1), Scope.READ, "test", digest)
        await cache.set(key, b"value", ttl=60.0)
        assert await cache.get(key) == b"value"
    figures = cache.figures()
    assert (figures.warm, figures.warm_up, figures.hot_entries) == ("disk", False, 5)
    await cache.close()
