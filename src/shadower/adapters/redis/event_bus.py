"""The event bus as a Redis stream, with a consumer group for each of ours."""

from collections.abc import Mapping, Sequence
from typing import Final

from redis.exceptions import RedisError

from shadower.adapters.codec.cloud_event import envelope_of
from shadower.adapters.redis.connection import answering, redis_client
from shadower.adapters.redis.names import STATE, STREAM, group_key, group_of
from shadower.adapters.redis.scripts import Scripts
from shadower.adapters.redis.subscription import RedisSubscription
from shadower.application.ports.event_bus import (
    BusElsewhere,
    BusFull,
    BusHealth,
    BusState,
    BusUnavailable,
    EventBus,
    Subscription,
)
from shadower.domain.bus.group import GroupPlace
from shadower.domain.events.event import Position, RecordedEvent

_LOOK_SECONDS: Final = 1.0


class RedisEventBus(EventBus):
    """Works with Redis 6.2 and later. What has to happen at once is a script."""

    shared = True

    def __init__(self, url: str, limit_bytes: int) -> None:
        """`limit_bytes` bounds what the stream takes in Redis."""
        self._client = redis_client(url)
        self._scripts = Scripts(self._client, (STREAM, STATE))
        self._limit = limit_bytes

    async def publish(self, events: Sequence[RecordedEvent], *, after: Position) -> None:
        if not events:
            return
        entries = [part for event in events for part in (event.position, envelope_of(event))]
        newest = events[-1]
        async with answering():
            said = await self._scripts.run("publish", after, self._limit, newest.position, newest.event.id, *entries)
        if said == b"full":
            raise BusFull("The bus is full: a group has to acknowledge what is on it first.")
        _check(said)

    def subscribe(self, group: str, types: frozenset[str] | None, *, consumer: str, token: int) -> Subscription:
        return RedisSubscription(self._client, self._scripts, group, types, consumer=consumer, token=token)

    async def join(self, group: str, place: GroupPlace) -> None:
        async with answering():
            _check(await self._scripts.run("join", group_key(group), place.acknowledged, place.incarnation))

    async def remove(self, group: str, incarnation: int) -> None:
        async with answering():
            await self._scripts.run("leave", group_key(group), incarnation)

    async def trim(self, to: Position) -> None:
        async with answering():
            _check(await self._scripts.run("trim", to))

    async def state(self) -> BusState | None:
        async with answering():
            told = await self._scripts.run("state")
        if not told:
            return None
        floor, newest, newest_id, *groups = (part.decode() for part in told)
        ours = {
            group: GroupPlace(Position(int(to)), int(incarnation))
            for key, to, incarnation in zip(groups[::3], groups[1::3], groups[2::3], strict=True)
            if (group := group_of(key)) is not None
        }
        return BusState(Position(int(floor)), Position(int(newest)), newest_id or None, ours)

    async def restart(self, seen: BusState | None, *, after: Position, groups: Mapping[str, GroupPlace]) -> None:
        was = ("", "") if seen is None else (seen.floor, seen.newest)
        begin = [
            part for name, place in groups.items() for part in (group_key(name), place.acknowledged, place.incarnation)
        ]
        async with answering():
            _check(await self._scripts.run("restart", *was, after, *begin))

    async def health(self) -> BusHealth:
        try:
            async with answering(_LOOK_SECONDS):
                return BusHealth("redis", reachable=True, events=await self._client.xlen(STREAM))
        except (BusUnavailable, RedisError) as error:
            return BusHealth("redis", reachable=False, events=None, detail=str(error))

    async def close(self) -> None:
        await self._client.aclose()


def _check(said: bytes) -> None:
    if said != b"done":
        raise BusElsewhere("The bus does not hold what it was taken to hold.")
