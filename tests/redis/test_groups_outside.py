"""A program that is not ours reads the bus with a plain client, by the page that says how, and misses nothing."""

import asyncio
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from shadower.adapters.redis.names import STREAM, group_key
from shadower.application.add_bus_group import AddBusGroup
from shadower.application.bus.tend_bus import TendBus
from shadower.application.ports.event_bus import BusFull
from shadower.domain.events.event import Position
from shadower.testing import a_recorded_event
from tests.bus_world import World

PAGE = (Path(__file__).parents[2] / "docs" / "extending.md").read_text("utf-8")
GROUP = group_key("billing")


class Crash(Exception):
    """The program ends in the middle of an event."""


class Program:
    """The one on the page."""

    def __init__(self, client: Redis) -> None:
        (source,) = re.findall(r"^### In a program of its own\n.*?^```py\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
        names: dict[str, Any] = {}
        exec(source, names)  # noqa: S102 - it is our own page
        self._serve: Callable[[Redis, Callable[[Mapping[str, str]], None]], None] = names["serve"]
        self._client = client
        self.given: list[Mapping[str, str]] = []

    async def run_until_it_crashes_on(self, position: int) -> list[int]:
        """Return the positions it was given; of these the last is not acknowledged."""
        begun = len(self.given)

        def handle(event: Mapping[str, str]) -> None:
            self.given.append(event)
            if int(event["sequence"]) == position:
                raise Crash

        try:
            await asyncio.to_thread(self._serve, self._client, handle)
        except Crash:
            return [int(event["sequence"]) for event in self.given[begun:]]
        raise AssertionError


async def add(world: World, *, whole: bool = False) -> None:
    add = AddBusGroup(world.store.begin, world.store.log, world.bus, world.fill, world.store.clock, ())
    await add("billing", whole=whole)


def tend(world: World) -> TendBus:
    return TendBus(world.bus, world.fill, world.store.begin, world.store.clock)


async def test_it_is_given_every_event_in_order_and_after_a_loss_what_it_has_not_acknowledged(
    redis_world: World, client: Redis
) -> None:
    program = Program(client)
    await redis_world.append(1, 2)
    async with redis_world.process():
        await add(redis_world, whole=True)
        await redis_world.append(1, 2, 1)
        assert await program.run_until_it_crashes_on(4) == [1, 2, 3, 4]
        await redis_world.until(lambda: redis_world.acknowledged("billing", 3))
        client.flushall()
        await redis_world.append(2)
        assert await program.run_until_it_crashes_on(6) == [4, 5, 6]
        await redis_world.until(lambda: redis_world.acknowledged("billing", 5))
    log = await redis_world.store.log.read(Position(0), 100)
    assert [event["id"] for event in program.given] == [log[at - 1].event.id for at in (1, 2, 3, 4, 4, 5, 6)]
    assert {(event["specversion"], event["dataschema"]) for event in program.given} == {("1.0", "urn:shadower:event:1")}


async def test_it_may_acknowledge_in_any_order(redis_world: World, client: Redis) -> None:
    await redis_world.append(1)
    await add(redis_world)
    await redis_world.append(1, 1, 1)
    await redis_world.fill.up_to(Position(4))
    client.xreadgroup(GROUP, "me", {STREAM: ">"})
    for acknowledged, reached in ((3, 1), (2, 3), (4, 4)):
        client.xack(STREAM, GROUP, f"{acknowledged}-0")
        await tend(redis_world).once()
        assert await redis_world.acknowledged("billing", reached)


async def test_a_full_bus_goes_on_once_it_has_acknowledged(redis_world: World, client: Redis) -> None:
    await add(redis_world)
    await redis_world.append_many(2_000)
    with pytest.raises(BusFull):
        await redis_world.fill.up_to(Position(2_000))
    ((_, entries),) = client.xreadgroup(GROUP, "me", {STREAM: ">"}, count=2_000)
    client.xack(STREAM, GROUP, *(entry_id for entry_id, _ in entries))
    for _ in range(2):
        await tend(redis_world).once()
    state = await redis_world.bus.state()
    assert state is not None
    assert state.floor == len(entries) < 2_000


async def test_how_far_it_is_in_the_redis_of_another_log_is_not_believed(redis_world: World, client: Redis) -> None:
    await redis_world.bus.restart(None, after=Position(0), groups={"billing": Position(0)})
    await redis_world.bus.publish([a_recorded_event(position) for position in (1, 2, 3)], after=Position(0))
    client.xreadgroup(GROUP, "me", {STREAM: ">"}, noack=True)
    async with redis_world.store.begin() as work:
        await work.bus_groups.join("billing", Position(0), redis_world.store.clock.now(), outside=True)
        await work.commit()
    await redis_world.append(*[1] * 5)
    await tend(redis_world).once()
    await redis_world.fill.up_to(Position(5))
    assert await redis_world.acknowledged("billing", 0)
    ((_, entries),) = client.xreadgroup(GROUP, "me", {STREAM: ">"})
    assert [entry_id for entry_id, _ in entries] == [f"{position}-0".encode() for position in range(1, 6)]
