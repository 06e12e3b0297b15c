"""Cache: one computation for all who want it, bounded, gone when deleted, and never in the way."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shadower.adapters.diskcache.tier import DiskTier
from shadower.adapters.redis.cache_tier import RedisTier
from shadower.adapters.tiered.cache import TieredCache
from shadower.adapters.tiered.hot import OVERHEAD, HotTier
from shadower.application.ports.cache import MOST_BYTES, Cache, CacheKey
from shadower.application.ports.cache_tier import CacheTier
from shadower.application.ports.chance import Chance
from shadower.domain.errors import QueryTimeout
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import SECOND
from shadower.domain.keys.key import Scope
from shadower.testing import HandClock
from tests.kept import cache_of

CACHES = ["memory", "disk", pytest.param("redis", marks=pytest.mark.redis)]
TTL = 60.0


def a_key(digest: str = "a", *, workspace: int = 1, scope: Scope = Scope.READ, name: str = "test") -> CacheKey:
    return CacheKey(WorkspaceId(workspace), scope, name, digest)


class Work:
    """Something to compute, and how often that was done."""

    def __init__(self, value: bytes | None = b"value") -> None:
        self.value = value
        self.times = 0
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def __call__(self) -> bytes | None:
        self.times += 1
        self.begun.set()
        await self.may_end.wait()
        return self.value


async def anything(_value: bytes) -> bool:
    return True


async def nothing(_value: bytes) -> bool:
    return False


async def ask(cache: Cache, work: Work, digest: str = "a", tag: str = "t") -> bytes | None:
    return await cache.get_or_compute(a_key(digest), work, ttl=TTL, tags=[tag], acceptable=anything)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=CACHES)
async def cache(request: pytest.FixtureRequest, clock: HandClock, tmp_path: Path) -> AsyncIterator[TieredCache]:
    tier: CacheTier | None = None
    if request.param == "disk":
        tier = DiskTier(tmp_path / "cache", 2**24)
    elif request.param == "redis":
        tier = RedisTier(request.getfixturevalue("redis_url"))
    made = cache_of(clock, tier)
    yield made
    await made.close()


async def test_what_was_computed_is_not_computed_again(cache: Cache) -> None:
    work = Work()
    assert [await ask(cache, work) for _ in range(3)] == [b"value"] * 3
    assert work.times == 1
    assert await cache.get(a_key()) == b"value"
    assert (cache.figures().misses, cache.figures().hits) == (1, 2)


async def test_what_is_kept_together_goes_apart(clock: HandClock) -> None:
    class Chances(Chance):
        def fraction(self) -> float:
            return fractions.pop(0)

    fractions = [0.0, 0.5, 0.9]
    cache = TieredCache(HotTier(2**20), None, clock, Chances())
    keys = [a_key(digest) for digest in "abc"]
    for key in keys:
        await cache.set(key, b"value", ttl=100.0)
    left = []
    for seconds in (90, 3, 3, 4):
        clock.move(seconds * SECOND)
        left.append([await cache.get(key) is not None for key in keys])
    assert left == [[True] * 3, [True, True, False], [True, False, False], [False] * 3]


async def test_what_was_never_kept_is_not_there(cache: Cache) -> None:
    assert await cache.get(a_key()) is None
    await cache.delete(a_key())
    await cache.delete_tag("t")


async def test_every_part_of_a_key_tells_values_apart(cache: Cache) -> None:
    keys = [
        a_key(),
        a_key("b"),
        a_key(workspace=2),
        a_key(workspace=11),
        a_key(scope=Scope.ADMIN),
        a_key(name="other"),
        a_key("a.b"),
    ]
    for number, key in enumerate(keys):
        await cache.set(key, b"%d" % number, ttl=TTL)
    assert [await cache.get(key) for key in keys] == [b"%d" % number for number in range(len(keys))]


@pytest.mark.parametrize(("name", "digest"), [("a:b", "c"), ("a", "b:c"), ("", "a"), ("a", ""), ("a", "A b")])
def test_no_key_can_be_taken_for_another(name: str, digest: str) -> None:
    with pytest.raises(ValueError, match="Names and digests"):
        a_key(digest, name=name)


async def test_a_value_that_is_not_acceptable_is_computed_anew_and_replaced(cache: Cache) -> None:
    await ask(cache, Work(b"old"))
    found = await cache.get_or_compute(a_key(), Work(b"new"), ttl=TTL, acceptable=nothing)
    assert found == b"new"
    assert await ask(cache, Work(b"unused")) == b"new"


async def test_who_misses_at_the_same_time_shares_one_computation(cache: Cache) -> None:
    work = Work()
    work.may_end.clear()
    asking = [asyncio.create_task(ask(cache, work)) for _ in range(20)]
    await work.begun.wait()
    work.may_end.set()
    assert await asyncio.gather(*asking) == [b"value"] * 20
    assert work.times == 1


async def test_whoever_cannot_take_what_another_computed_computes(cache: Cache) -> None:
    first, second = Work(b"first"), Work(b"second")
    first.may_end.clear()

    async def only_second(value: bytes) -> bool:
        return value == b"second"

    asking = asyncio.create_task(ask(cache, first))
    await first.begun.wait()
    other = asyncio.create_task(cache.get_or_compute(a_key(), second, ttl=TTL, acceptable=only_second))
    await asyncio.sleep(0)
    first.may_end.set()
    assert await asyncio.gather(asking, other) == [b"first", b"second"]


async def test_a_computer_that_is_cancelled_takes_nothing_from_the_others(cache: Cache) -> None:
    abandoned, work = Work(), Work()
    abandoned.may_end.clear()
    leaving = asyncio.create_task(ask(cache, abandoned))
    await abandoned.begun.wait()
    staying = [asyncio.create_task(ask(cache, work)) for _ in range(5)]
    await asyncio.sleep(0)
    leaving.cancel()
    assert await asyncio.gather(*staying) == [b"value"] * 5
    assert work.times == 1
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_one_who_waits_and_is_cancelled_takes_nothing_from_the_others(cache: Cache) -> None:
    work = Work()
    work.may_end.clear()
    asking = [asyncio.create_task(ask(cache, work)) for _ in range(3)]
    await work.begun.wait()
    asking[1].cancel()
    await asyncio.sleep(0)
    work.may_end.set()
    assert await asyncio.gather(asking[0], asking[2]) == [b"value"] * 2
    assert work.times == 1


async def test_an_error_is_everybodys_and_is_not_kept(cache: Cache) -> None:
    started, may_fail = asyncio.Event(), asyncio.Event()

    async def fail() -> bytes:
        started.set()
        await may_fail.wait()
        raise QueryTimeout("It took too long.")

    async def asking() -> bytes | None:
        return await cache.get_or_compute(a_key(), fail, ttl=TTL, acceptable=anything)

    waiting = [asyncio.create_task(asking()) for _ in range(3)]
    await started.wait()
    may_fail.set()
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(end) for end in ends] == [QueryTimeout] * 3
    assert await ask(cache, Work()) == b"value"


async def test_what_nobody_else_can_be_given_is_not_kept(cache: Cache) -> None:
    assert await ask(cache, Work(None)) is None
    assert await ask(cache, Work()) == b"value"


@pytest.mark.parametrize(("size", "times"), [(MOST_BYTES, 1), (MOST_BYTES + 1, 2)], ids=["the most", "one more"])
async def test_what_is_too_large_is_computed_and_not_kept(cache: Cache, size: int, times: int) -> None:
    work = Work(b"x" * size)
    assert await ask(cache, work) == await ask(cache, work) == work.value
    assert work.times == times


async def test_a_value_goes_when_its_time_is_over(cache: Cache, clock: HandClock) -> None:
    await cache.set(a_key(), b"value", ttl=TTL)
    clock.move(60 * SECOND - 1)
    assert await cache.get(a_key()) == b"value"
    clock.move(1)
    assert await cache.get(a_key()) is None


async def test_what_is_deleted_is_gone(cache: Cache) -> None:
    for digest in "ab":
        await cache.set(a_key(digest), b"value", ttl=TTL)
    await cache.delete(a_key("a"))
    assert [await cache.get(a_key(digest)) for digest in "ab"] == [None, b"value"]


async def test_a_tag_takes_its_values_and_no_others_with_it(cache: Cache) -> None:
    tags = {"a": ["one"], "b": ["two"], "c": ["one", "two"], "d": []}
    for digest, given in tags.items():
        await cache.set(a_key(digest), b"value", ttl=TTL, tags=given)
    await cache.delete_tag("one")
    assert [digest for digest in tags if await cache.get(a_key(digest))] == ["b", "d"]


async def test_what_is_deleted_while_it_is_computed_is_not_kept(cache: Cache) -> None:
    work = Work()
    work.may_end.clear()
    asking = asyncio.create_task(ask(cache, work))
    await work.begun.wait()
    await cache.delete_tag("t")
    work.may_end.set()
    assert await asking == b"value"
    assert await cache.get(a_key()) is None


async def test_counts_add_up_whoever_counts_at_the_same_time(cache: Cache) -> None:
    counts = await asyncio.gather(*(cache.increment(a_key(), 2, ttl=TTL) for _ in range(50)))
    assert sorted(counts) == [2 * number for number in range(1, 51)]
    assert await cache.increment(a_key("b"), ttl=TTL) == 1
    assert await cache.get(a_key()) is None
    await cache.delete(a_key())
    assert await cache.increment(a_key(), ttl=TTL) == 1


async def test_what_is_kept_near_is_kept(cache: Cache) -> None:
    await cache.set(a_key(), b"value", ttl=TTL, near=True)
    assert await cache.get(a_key()) == b"value"


async def test_memory_is_bounded_and_what_was_used_least_recently_goes_first(clock: HandClock) -> None:
    cache = cache_of(clock, None, limit=3 * (1_000 + OVERHEAD + 100))
    for digest in "abc":
        await cache.set(a_key(digest), b"x" * 1_000, ttl=TTL)
    await cache.get(a_key("a"))
    await cache.set(a_key("d"), b"x" * 1_000, ttl=TTL)
    assert [digest for digest in "abcd" if await cache.get(a_key(digest))] == ["a", "c", "d"]
    figures = cache.figures()
    assert (figures.evictions, figures.hot_entries) == (1, 3)
    assert 3_000 < figures.hot_bytes <= 3 * (1_000 + OVERHEAD + 100)


async def test_what_memory_has_no_room_for_is_still_told(clock: HandClock) -> None:
    cache = cache_of(clock, None, limit=1_000)
    work = Work(b"x" * 1_000)
    assert await ask(cache, work) == await ask(cache, work) == work.value
    assert cache.figures().hot_entries == 0
