"""The cache on Redis: shared by processes, and done without when it is away."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis import Redis

from shadower.adapters.redis import cache_tier
from shadower.adapters.redis.cache_tier import RedisTier
from shadower.adapters.resilience.breaker import Breaker
from shadower.adapters.tiered.cache import TieredCache
from shadower.adapters.tiered.hot import HotTier
from shadower.adapters.tiered.warm import WarmTier
from shadower.application.ports.cache import Cache, CacheKey, CacheTierUnavailable
from shadower.domain.events.event import WorkspaceId
from shadower.domain.keys.key import Scope
from shadower.testing import HandClock
from tests.kept import NoChance
from tests.patience import SOON, eventually
from tests.servers import RedisServer

KEY = CacheKey(WorkspaceId(1), Scope.READ, "test", "a")
TTL = 60.0
CLAIM = "shadower:{cache}:claim:" + KEY.text
ANOTHER = Path(__file__).parent / "cache_process.py"


async def anything(_value: bytes) -> bool:
    return True


class Process:
    """A cache as a process has it, following what others delete."""

    def __init__(self, url: str, **seconds: float) -> None:
        self.now = 0.0
        self.reports: list[Exception] = []
        self.warm = WarmTier(RedisTier(url), Breaker(threshold=2, cooldown=1.0, clock=lambda: self.now))
        self.cache = TieredCache(HotTier(2**20), self.warm, HandClock(), NoChance(), **seconds)

    async def ask(self, value: bytes = b"value", ttl: float = TTL) -> bytes | None:
        async def compute() -> bytes:
            return value

        return await self.cache.get_or_compute(KEY, compute, ttl=ttl, tags=["t"], acceptable=anything)


@asynccontextmanager
async def process(url: str, **seconds: float) -> AsyncIterator[Process]:
    one = Process(url, **seconds)
    running = asyncio.create_task(one.cache.run(one.reports.append))
    try:
        yield one
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await one.cache.close()


async def listening(client: Redis, processes: int) -> None:
    async def all_are() -> bool:
        return client.pubsub_numsub("shadower:{cache}:gone")[0][1] == processes

    await eventually(all_are)


async def gone(cache: Cache) -> None:
    async def is_gone() -> bool:
        return await cache.get(KEY) is None

    await eventually(is_gone)


async def test_what_one_process_has_computed_another_is_given(redis_url: str) -> None:
    async with process(redis_url) as one, process(redis_url) as other:
        assert await one.ask(b"one") == await other.ask(b"other") == b"one"
        assert (other.cache.figures().warm_hits, other.cache.figures().misses) == (1, 0)
        assert await other.ask() == b"one"
        assert other.cache.figures().hot_hits == 1


async def test_what_one_process_deletes_goes_from_the_memory_of_another(redis_url: str, client: Redis) -> None:
    async with process(redis_url) as one, process(redis_url) as other:
        await listening(client, 2)
        for delete in (lambda: one.cache.delete(KEY), lambda: one.cache.delete_tag("t")):
            await one.ask()
            assert await other.ask() == b"value"
            await delete()
            await gone(other.cache)
            assert await one.cache.get(KEY) is None


class Slow:
    """A computation that ends when it may."""

    def __init__(self, value: bytes) -> None:
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()
        self._value = value

    async def __call__(self) -> bytes:
        self.begun.set()
        await self.may_end.wait()
        return self._value


async def never() -> bytes:
    pytest.fail("Somebody computes already.")


async def test_processes_that_miss_at_the_same_time_compute_once(redis_url: str) -> None:
    slow = Slow(b"one")

    async with process(redis_url) as one, process(redis_url) as other:
        first = asyncio.create_task(one.cache.get_or_compute(KEY, slow, ttl=TTL, acceptable=anything))
        await slow.begun.wait()
        second = asyncio.create_task(other.cache.get_or_compute(KEY, never, ttl=TTL, acceptable=anything))
        await asyncio.sleep(0)
        slow.may_end.set()
        assert await asyncio.gather(first, second) == [b"one"] * 2


async def test_a_process_of_its_own_waits_for_ours(redis_url: str) -> None:
    slow = Slow(b"ours")

    async with process(redis_url) as one:
        first = asyncio.create_task(one.cache.get_or_compute(KEY, slow, ttl=TTL, acceptable=anything))
        await slow.begun.wait()
        another = await asyncio.create_subprocess_exec(
            sys.executable, ANOTHER, redis_url, stdout=asyncio.subprocess.PIPE, env={"PYTHONPATH": ":".join(sys.path)}
        )
        assert another.stdout is not None
        assert await another.stdout.readline() == b"waiting\n"
        slow.may_end.set()
        assert await another.stdout.readline() == b"ours 0\n"
        assert await another.wait() == 0
        assert await first == b"ours"


async def test_who_computes_for_longer_than_a_claim_lasts_claims_it_on_and_is_waited_for(
    redis_url: str, client: Redis
) -> None:
    slow = Slow(b"one")

    async def is_renewed() -> bool:
        return 0 < client.pttl(CLAIM) <= 1_500

    async with process(redis_url, claim_seconds=1.5) as one, process(redis_url) as other:
        first = asyncio.create_task(one.cache.get_or_compute(KEY, slow, ttl=TTL, acceptable=anything))
        await slow.begun.wait()
        client.pexpire(CLAIM, 600_000)
        await eventually(is_renewed)
        second = asyncio.create_task(other.cache.get_or_compute(KEY, never, ttl=TTL, acceptable=anything))
        await asyncio.sleep(0)
        slow.may_end.set()
        assert await asyncio.gather(first, second) == [b"one"] * 2
    assert client.get(CLAIM) is None


async def test_what_a_dead_process_was_computing_is_computed_by_another(redis_url: str, client: Redis) -> None:
    client.set(CLAIM, "nobody", px=100)
    async with process(redis_url) as one:
        assert await one.ask() == b"value"
    assert client.get(CLAIM) is None


async def test_nobody_is_waited_for_longer_than_a_question_may_take(redis_url: str, client: Redis) -> None:
    client.set(CLAIM, "nobody", px=600_000)
    async with process(redis_url, claim_seconds=0.001, patience=0.1) as one:
        assert await one.ask() == b"value"
    assert client.get(CLAIM) == b"nobody"
    assert client.pttl(CLAIM) > 100_000


async def test_everything_in_redis_has_a_time_to_live(redis_url: str, client: Redis) -> None:
    async with process(redis_url) as one:
        await one.ask(ttl=60.0)
        await one.cache.increment(KEY, ttl=30.0)
        await one.cache.set(CacheKey(WorkspaceId(1), Scope.READ, "test", "b"), b"b", ttl=10.0, tags=["t"])
    times = {key: client.pttl(key) for key in client.scan_iter("shadower:*")}
    assert len(times) == 4
    assert all(0 < left <= 60_000 for left in times.values())
    assert times[b"shadower:{cache}:tag:t"] > 30_000, "the tag stays as long as the longest of its values"


@pytest.mark.parametrize("garbage", [b"", b"\x80\x04N.", b"[1,2]", b"\x94\x02\x00\x90\xc0"])
async def test_what_is_not_ours_is_no_value(redis_url: str, client: Redis, garbage: bytes) -> None:
    client.set("shadower:{cache}:value:" + KEY.text, garbage)
    async with process(redis_url) as one:
        assert await one.ask() == b"value"


async def test_a_wiped_redis_costs_nothing_but_time(redis_url: str, client: Redis) -> None:
    async with process(redis_url) as one, process(redis_url) as other:
        await one.ask(b"old")
        client.flushall()
        client.script_flush()
        assert await one.ask(b"new") == b"old"
        assert await other.ask(b"new") == b"new"
        assert not one.reports


async def test_a_redis_that_refuses_what_is_asked_is_as_good_as_none(redis_url: str, client: Redis) -> None:
    client.execute_command("ACL", "SETUSER", "narrow", "on", ">password", "+@connection")
    try:
        async with process(redis_url.replace("redis://", "redis://narrow:password@")) as one:
            for _ in range(2):
                assert await one.ask() == b"value"
            assert not one.cache.figures().warm_up
            assert "permission" in (one.cache.figures().detail or "")
    finally:
        client.execute_command("ACL", "DELUSER", "narrow")


async def test_without_redis_it_works_from_memory_and_says_so_once() -> None:
    with RedisServer(durable=False) as server:
        async with process(server.url()) as one:
            assert await one.ask(b"before") == b"before"
            server.kill9()
            assert await one.ask() == b"before"
            for digest in "bcde":
                key = CacheKey(WorkspaceId(1), Scope.READ, "test", digest)
                await one.cache.set(key, b"alone", ttl=TTL)
                assert await one.cache.get(key) == b"alone"
            assert await one.cache.increment(KEY, ttl=TTL) == 1
            await one.cache.delete(KEY)
            figures = one.cache.figures()
            assert (figures.warm, figures.warm_up) == ("redis", False)
            assert figures.detail is not None
            assert len(one.reports) == 1


async def test_what_was_deleted_without_redis_does_not_come_back_with_it() -> None:
    with RedisServer(durable=True) as server:
        async with process(server.url()) as one:
            await one.ask(b"old")
            server.kill9()
            await one.cache.delete(KEY)
            assert not one.cache.figures().warm_up
            server.start()
            await one.warm.look_again()
            assert await one.ask(b"new") == b"new"
            assert one.cache.figures().warm_up


async def test_waiting_for_ones_turn_counts_as_waiting(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_tier, "_WITHIN", 0.01)
    tier = RedisTier(redis_url)
    for _ in range(cache_tier._AT_ONCE):
        await tier._turns.acquire()
    async with asyncio.timeout(SOON):
        with pytest.raises(CacheTierUnavailable):
            await tier.get(KEY.text)
    await tier.close()


async def test_everything_is_dropped_many_at_a_time(redis_url: str, client: Redis) -> None:
    def unlinked() -> int:
        return int(client.info("commandstats").get("cmdstat_unlink", {"calls": 0})["calls"])  # type: ignore[union-attr]

    client.mset({f"shadower:{{cache}}:value:{number}": b"value" for number in range(2_500)} | {"other": b"stays"})
    before = unlinked()
    tier = RedisTier(redis_url)
    await tier.clear()
    await tier.close()
    assert list(client.scan_iter("shadower:{cache}:*")) == []
    assert client.get("other") == b"stays"
    assert unlinked() - before < 10
