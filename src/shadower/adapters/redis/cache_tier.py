"""The warm tier of a cache in Redis, shared by every process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final
from uuid import uuid4

import msgspec
from msgspec import Struct
from redis.exceptions import ResponseError

from shadower.adapters.redis.connection import ANSWER_SECONDS, answering, redis_client
from shadower.adapters.redis.names import (
    CACHE_GONE,
    CACHE_KEYS,
    cache_claim,
    cache_tag,
    cached_count,
    cached_value,
)
from shadower.adapters.redis.scripts import script
from shadower.application.ports.cache import CacheTierUnavailable
from shadower.application.ports.cache_tier import CacheTier, Gone

_WITHIN: Final = 2.0
"""Seconds, of which some may go by until it is one's turn: who waits longer would have computed it meanwhile."""
_AT_ONCE: Final = 16
"""Connections that ask; a burst of questions waits rather than connecting again and again."""
_AT_A_TIME: Final = 1_000
"""Keys looked at and dropped in one go when everything is: about so many, for Redis rounds up."""


class _Told(Struct, frozen=True, array_like=True):
    by: str
    name: str | None = None
    tag: str | None = None


_told: Final = msgspec.json.Decoder(_Told)


class RedisTier(CacheTier):
    """Works with Redis 6.2 and later. Everything in it has a time to live."""

    technology = "redis"
    shared = True

    def __init__(self, url: str) -> None:
        self._client = redis_client(url, watchful=True)
        self._me = uuid4().hex
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._set = script(self._client, "cache_set")
        self._delete_tag = script(self._client, "cache_delete_tag")
        self._increment = script(self._client, "cache_increment")
        self._renew = script(self._client, "cache_renew")
        self._release = script(self._client, "cache_release")

    async def get(self, name: str) -> bytes | None:
        async with self._asking():
            found: bytes | None = await self._client.get(cached_value(name))
            return found

    async def set(self, name: str, value: bytes, *, ttl: float, tags: Sequence[str]) -> None:
        keys = [cached_value(name), *map(cache_tag, tags)]
        async with self._asking():
            await self._set(keys=keys, args=[value, _millis(ttl)])

    async def delete(self, name: str) -> None:
        async with self._asking():
            pipeline = self._client.pipeline(transaction=True)
            pipeline.unlink(cached_value(name), cached_count(name))
            pipeline.publish(CACHE_GONE, self._telling(name=name))
            await pipeline.execute()

    async def delete_tag(self, tag: str) -> None:
        async with self._asking():
            await self._delete_tag(keys=[cache_tag(tag), CACHE_GONE], args=[self._telling(tag=tag)])

    async def increment(self, name: str, by: int, *, ttl: float) -> int:
        async with self._asking():
            return int(await self._increment(keys=[cached_count(name)], args=[by, _millis(ttl)]))

    async def claim(self, name: str, token: str, *, ttl: float) -> bool:
        async with self._asking():
            return bool(await self._client.set(cache_claim(name), token, nx=True, px=_millis(ttl)))

    async def renew(self, name: str, token: str, *, ttl: float) -> None:
        async with self._asking():
            await self._renew(keys=[cache_claim(name)], args=[token, _millis(ttl)])

    async def release(self, name: str, token: str) -> None:
        async with self._asking():
            await self._release(keys=[cache_claim(name)], args=[token])

    async def clear(self) -> None:
        cursor = await self._dropped(0)
        while cursor:
            cursor = await self._dropped(cursor)
        async with _telling_troubles(ANSWER_SECONDS):
            await self._client.publish(CACHE_GONE, self._telling())

    async def watch(self, gone: Callable[[Gone | None], None]) -> None:
        async with self._client.pubsub() as listening:
            async with _telling_troubles(ANSWER_SECONDS):
                await listening.subscribe(CACHE_GONE)
            while True:
                async with _telling_troubles(None):
                    message = await listening.get_message(timeout=None)
                if message is None:
                    continue
                if message["type"] == "subscribe":
                    gone(None)
                else:
                    self._heard(message["data"], gone)

    def size(self) -> int | None:
        return None

    async def close(self) -> None:
        await self._client.aclose()

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        async with _telling_troubles(_WITHIN), self._turns:
            yield

    async def _dropped(self, cursor: int) -> int:
        """Drop the next keys, and return where to go on; 0 at the end."""
        async with _telling_troubles(ANSWER_SECONDS):
            cursor, keys = await self._client.scan(cursor, CACHE_KEYS, count=_AT_A_TIME)
            if keys:
                await self._client.unlink(*keys)
        return cursor

    def _heard(self, data: bytes, gone: Callable[[Gone | None], None]) -> None:
        try:
            told = _told.decode(data)
        except msgspec.DecodeError:
            return
        if told.by != self._me:
            gone(None if told.name is None and told.tag is None else Gone(told.name, told.tag))

    def _telling(self, name: str | None = None, tag: str | None = None) -> bytes:
        return msgspec.json.encode(_Told(self._me, name, tag))


@asynccontextmanager
async def _telling_troubles(within: float | None) -> AsyncIterator[None]:
    """Turn every error of the server into CacheTierUnavailable, also what it refuses: nobody depends on a cache."""
    try:
        async with answering(within, CacheTierUnavailable):
            yield
    except ResponseError as error:
        raise CacheTierUnavailable(f"Redis refuses what the cache asks ({error}).") from error


def _millis(seconds: float) -> int:
    return max(1, round(seconds * 1000))
