"""Whatever happens to the bus, the log fills it again: every handler sees every event, in order."""

import asyncio
from collections.abc import Iterator

import pytest
from redis import Redis

from shadower.adapters.memory.event_bus import MemoryEventBus
from shadower.application.ports.event_bus import BusFull
from shadower.domain.events.event import Position, RecordedEvent
from shadower.domain.projections.lease import LEASE_SECONDS
from tests.bus_world import LIMIT_BYTES, Recorder, World
from tests.servers import RedisServer

AT = Position


@pytest.fixture
def redis(redis_server: RedisServer) -> Iterator[Redis]:
    """A client beside ours, to do harm with."""
    with Redis(port=redis_server.port) as client:
        yield client


def lose(world: World, request: pytest.FixtureRequest) -> None:
    """Take away everything the bus holds."""
    if isinstance(world.bus, MemoryEventBus):
        world.bus.__init__(LIMIT_BYTES)  # type: ignore[misc]
    else:
        request.getfixturevalue("redis").flushall()


async def handled(world: World, handler: Recorder, many: int) -> None:
    await world.until(lambda: len(handler.everything) >= many)


async def test_a_bus_that_lost_everything_is_filled_again_and_nothing_is_handled_twice(
    world: World, request: pytest.FixtureRequest
) -> None:
    gate = asyncio.Event()

    async def wait(event: RecordedEvent) -> None:
        if event.position >= 3:
            await gate.wait()

    handler = Recorder(act=wait)
    async with world.process(handler):
        await world.append(1, 1, 1, 2, 1)
        await world.until(lambda: len(handler.tried) == 4)
        lose(world, request)
        await world.append(2, 1)
        lose(world, request)
        gate.set()
        await world.until(lambda: world.acknowledged("mail", 7))
    assert handler.handled == {1: [1, 2, 3, 5, 7], 2: [4, 6]}


async def test_what_is_lost_while_nobody_looks_is_there_again_without_a_new_event(
    world: World, request: pytest.FixtureRequest
) -> None:
    first = Recorder()
    async with world.process(first):
        await world.append(1, 1)
        await handled(world, first, 2)
        await world.until(lambda: world.acknowledged("mail", 2))
    await world.append(1, 2, 1)
    async with world.process(Recorder("web"), name="without-the-handler"):
        await world.until(lambda: world.relayed_to(5))
    lose(world, request)
    second = Recorder()
    async with world.process(second):
        await world.until(lambda: world.acknowledged("mail", 5))
    assert second.handled == {1: [3, 5], 2: [4]}


async def test_an_abandoned_group_holds_what_it_has_not_seen_until_it_is_removed(world: World) -> None:
    await world.join("abandoned")
    handler = Recorder()
    async with world.process(handler):

        async def is_full() -> bool:
            await world.append_many(50)
            return any(isinstance(report, BusFull) for report in world.reports)

        await world.until(is_full)
        seen = len(handler.everything)
        assert seen < await world.store.log.head()
        async with world.store.begin() as work:
            await work.bus_groups.remove("abandoned")
            await work.commit()
        head = await world.store.log.head()
        await world.until(lambda: world.acknowledged("mail", head))
    assert handler.handled == {1: list(range(1, head + 1))}


async def test_what_a_dead_consumer_left_behind_is_handled_first(world: World) -> None:
    """The process that dies here has taken three events, handled one of them, and written nothing down."""
    await world.join("mail")
    await world.append(1, 1, 2, 1)
    await world.fill.up_to(AT(4))
    async with world.store.begin() as work:
        acquired = await work.bus_groups.acquire("mail", "dead", LEASE_SECONDS)
        await work.commit()
    assert acquired is not None
    dying = world.bus.subscribe("mail", None, consumer="dead", token=acquired[0].token)
    assert len((await dying.take(3, 0)).deliveries) == 3
    await dying.acknowledge([AT(2)])
    world.store.clock.move(round(LEASE_SECONDS * 1_000_000))
    handler = Recorder()
    async with world.process(handler):
        await world.until(lambda: world.acknowledged("mail", 4))
    assert handler.handled == {1: [1, 4], 2: [3]}
