"""A Redis that is rolled back, half emptied, another log's, or meddled with: the log makes it right again."""

import asyncio
import json

import pytest
from redis import Redis

from shadower.adapters.redis.names import STATE, STREAM, group_key
from shadower.application.ports.event_bus import BusSuperseded, BusUnavailable
from shadower.domain.events.event import Position
from shadower.entrypoints.wiring.redis_bus import redis_bus
from shadower.testing import a_recorded_event
from tests.bus_world import LIMIT_BYTES, Recorder, World
from tests.buses import places
from tests.servers import RedisServer
from tests.stores import memory_bundle, opened


def snapshot(client: Redis) -> dict[str, bytes]:
    return {key: client.dump(key) for key in (STREAM, STATE)}


def roll_back(client: Redis, to: dict[str, bytes]) -> None:
    for key, kept in to.items():
        client.restore(key, 0, kept, replace=True)


async def test_an_entry_is_a_cloud_event_whose_id_is_its_position(redis_world: World, client: Redis) -> None:
    await redis_world.join("mail")
    await redis_world.append(1, 2, source="support bot")
    await redis_world.fill.up_to(Position(2))
    (_, (entry_id, fields)) = client.xrange(STREAM)
    assert entry_id == b"2-0"
    told = json.loads(fields[b"event"])
    (_, event) = await redis_world.store.log.read(Position(0), 9)
    assert (told["specversion"], told["id"], told["type"]) == ("1.0", event.event.id, "agent.executed")
    assert told["source"] == "/workspaces/2/sources/support%20bot"
    assert (told["dataschema"], told["datacontenttype"]) == ("urn:shadower:event:1", "application/json")
    assert (told["sequence"], told["partitionkey"]) == ("0000000000000000002", "2")
    assert (told["time"], told["recordedtime"]) == ("2026-01-31T09:30:00Z", "2026-01-31T09:30:00Z")
    assert told["data"]["source"] == "support bot"
    assert told["data"]["cost"] == "0.04"


async def test_a_redis_that_was_rolled_back_is_filled_from_where_it_is(redis_world: World, client: Redis) -> None:
    handler = Recorder()
    async with redis_world.process(handler):
        await redis_world.append(1, 1, 1)
        await redis_world.until(lambda: redis_world.acknowledged("mail", 3))
        before = snapshot(client)
        await redis_world.append(1, 1)
        await redis_world.until(lambda: redis_world.acknowledged("mail", 5))
        roll_back(client, before)
        await redis_world.append(1, 1)
        await redis_world.until(lambda: redis_world.acknowledged("mail", 7))
        roll_back(client, before)
        await redis_world.append(1)
        await redis_world.until(lambda: redis_world.acknowledged("mail", 8))
    assert handler.handled == {1: [1, 2, 3, 4, 5, 6, 7, 8]}


async def test_a_new_process_on_a_redis_that_was_rolled_back_misses_nothing(redis_world: World, client: Redis) -> None:
    await redis_world.join("mail")
    await redis_world.append(*[1] * 4)
    await redis_world.fill.up_to(Position(4))
    before = snapshot(client)
    first = Recorder()
    async with redis_world.process(first):
        await redis_world.append(*[1] * 4)
        await redis_world.until(lambda: redis_world.acknowledged("mail", 8))
    await redis_world.append(1, 1)
    roll_back(client, before)
    second = Recorder()
    async with redis_world.process(second):
        await redis_world.until(lambda: redis_world.acknowledged("mail", 10))
    assert (first.handled[1], second.handled[1]) == ([1, 2, 3, 4, 5, 6, 7, 8], [9, 10])


@pytest.mark.parametrize("key", [STREAM, STATE])
async def test_half_of_it_is_as_good_as_nothing(redis_world: World, client: Redis, key: str) -> None:
    """A server that is also a cache may evict either."""
    handler = Recorder()
    async with redis_world.process(handler):
        await redis_world.append(1, 1)
        await redis_world.until(lambda: len(handler.everything) == 2)
        client.delete(key)
        await redis_world.append(1, 1)
        await redis_world.until(lambda: redis_world.acknowledged("mail", 4))
    assert handler.handled == {1: [1, 2, 3, 4]}


async def test_what_somebody_else_has_put_on_the_stream_is_thrown_away(redis_world: World, client: Redis) -> None:
    handler = Recorder()
    async with redis_world.process(handler):
        await redis_world.append(1)
        await redis_world.until(lambda: len(handler.everything) == 1)
        client.xadd(STREAM, {"event": "no event at all"}, id="7-0")
        await redis_world.append(1, 1)
        await redis_world.until(lambda: redis_world.acknowledged("mail", 3))
    assert handler.handled == {1: [1, 2, 3]}


async def test_the_stream_of_another_log_is_noticed_by_its_events(redis_world: World, client: Redis) -> None:
    """As after a store was restored from a copy: the same positions stand for other events."""
    other = Recorder()
    async with opened("memory", memory_bundle) as store, World(store, redis_world.bus).process(other):
        elsewhere = World(store, redis_world.bus)
        await elsewhere.append(*[1] * 5)
        await elsewhere.until(lambda: elsewhere.acknowledged("mail", 5))
    await redis_world.join("mail")
    await redis_world.append(*[2] * 7)
    handler = Recorder()
    async with redis_world.process(handler):
        await redis_world.until(lambda: redis_world.acknowledged("mail", 0))
        await redis_world.append(2)
        await redis_world.until(lambda: redis_world.acknowledged("mail", 8))
    assert handler.handled == {2: [1, 2, 3, 4, 5, 6, 7, 8]}


async def test_a_group_that_somebody_else_made_is_left_alone_and_nothing_is_trimmed_before_its_eyes(
    redis_world: World, client: Redis
) -> None:
    handler = Recorder()
    async with redis_world.process(handler):
        await redis_world.append(1)
        await redis_world.until(lambda: redis_world.acknowledged("mail", 1))
        client.xgroup_create(STREAM, "billing-in-go", "1-0")
        await redis_world.append_many(300)
        await redis_world.until(lambda: redis_world.acknowledged("mail", 301))
        await asyncio.sleep(1.5)
        ((_, entries),) = client.xreadgroup("billing-in-go", "me", {STREAM: ">"}, count=1000)
    assert [entry_id for entry_id, _ in entries] == [f"{position}-0".encode() for position in range(2, 302)]


async def test_consumers_of_processes_that_are_gone_are_cleared_away(redis_world: World, client: Redis) -> None:
    for name in ("first", "second", "third"):
        handler = Recorder()
        async with redis_world.process(handler, name=name):
            await redis_world.append(1)
            await redis_world.until(lambda handler=handler: len(handler.everything) == 1)
    assert [consumer["name"] for consumer in client.xinfo_consumers(STREAM, group_key("mail"))] == [b"third"]


async def test_an_envelope_of_another_version_becomes_a_dead_letter_that_can_be_replayed(
    redis_world: World, client: Redis
) -> None:
    await redis_world.join("mail")
    await redis_world.append(1, 1)
    await redis_world.fill.up_to(Position(2))
    kept = client.xrange(STREAM)
    client.delete(STREAM)
    for entry_id, fields in kept:
        client.xadd(
            STREAM, {"event": fields[b"event"].replace(b"urn:shadower:event:1", b"urn:shadower:event:9")}, entry_id
        )
    client.xgroup_create(STREAM, group_key("mail"), "0-0")
    handler = Recorder()
    async with redis_world.process(handler):
        await redis_world.until(lambda: redis_world.acknowledged("mail", 2))
        letters = await redis_world.letters()
        assert [(letter.position, letter.failure.error) for letter in letters] == [
            (2, "envelope_unknown"),
            (1, "envelope_unknown"),
        ]


async def test_a_call_whose_answer_was_lost_is_made_good(redis_world: World, client: Redis) -> None:
    """The events were given to this consumer, and it never heard of them."""
    await redis_world.bus.restart(None, after=Position(0), groups=places(mail=0))
    await redis_world.bus.publish([a_recorded_event(position) for position in (1, 2, 3)], after=Position(0))
    mine = redis_world.bus.subscribe("mail", None, consumer="me", token=1)
    assert len((await mine.take(1, 0)).deliveries) == 1
    client.xreadgroup(group_key("mail"), "me", {STREAM: ">"}, count=1)
    client.client_kill_filter(_type="normal", skipme=True)
    with pytest.raises(BusUnavailable):
        await mine.take(1, 0)
    found = [delivery.position for _ in range(3) for delivery in (await mine.take(1, 0)).deliveries]
    assert found == [1, 2, 3]


async def test_a_consumer_frozen_past_its_lease_takes_nothing_when_it_thaws(redis_world: World) -> None:
    await redis_world.bus.restart(None, after=Position(0), groups=places(mail=0))
    frozen = redis_world.bus.subscribe("mail", None, consumer="frozen", token=1)
    await frozen.take(1, 0)
    waiting = asyncio.create_task(frozen.take(1, 5))
    await asyncio.sleep(0.1)
    successor = redis_world.bus.subscribe("mail", None, consumer="successor", token=2)
    await successor.take(1, 0)
    await redis_world.bus.publish([a_recorded_event(1)], after=Position(0))
    with pytest.raises(BusSuperseded):
        await waiting
    assert [delivery.position for delivery in (await successor.take(1, 0)).deliveries] == [1]


async def test_a_redis_that_is_away_or_full_is_told_in_time_and_in_words(redis_server: RedisServer) -> None:
    with RedisServer(durable=False) as server:
        bus = redis_bus(server.url(), LIMIT_BYTES)
        await bus.restart(None, after=Position(0), groups=places(mail=0))
        server.run("CONFIG", "SET", "maxmemory", "1")
        with pytest.raises(BusUnavailable, match="OOM"):
            await bus.publish([a_recorded_event(1)], after=Position(0))
        server.kill9()
        with pytest.raises(BusUnavailable):
            await bus.state()
        health = await bus.health()
        assert (health.reachable, health.events) == (False, None)
        assert health.detail
        server.start()
        assert await bus.state() is None
        await bus.close()
