"""A program that is not ours reads the bus with a plain client, by the page that says how, and misses nothing."""

import asyncio
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic, sleep
from types import SimpleNamespace
from typing import Any

import pytest
from redis import Redis

from shadower.adapters.redis.names import STREAM, group_key
from shadower.application.add_bus_group import AddBusGroup
from shadower.application.bus.tend_bus import TendBus
from shadower.application.ports.event_bus import BusFull
from shadower.application.remove_bus_group import RemoveBusGroup
from shadower.domain.events.event import Position
from shadower.testing import a_recorded_event
from tests.bus_world import World
from tests.buses import places
from tests.patience import SOON

PAGE = (Path(__file__).parents[2] / "docs" / "extending.md").read_text("utf-8")
GROUP = group_key("billing")


class Crash(Exception):
    """The program ends in the middle of an event."""


def impatient() -> type[Redis]:
    """Return a client that is given up after a while: nothing else ends a program that waits in vain."""
    deadline = monotonic() + SOON

    class Impatient(Redis):
        def execute_command(self, *words: object, **options: object) -> object:
            assert monotonic() < deadline, "the program is not given what it waits for"
            return super().execute_command(*words, **options)

    return Impatient


def nothing() -> None:
    """What happens where a test says nothing else."""


class Program:
    """The one on the page."""

    def __init__(self, url: str) -> None:
        (source,) = re.findall(r"^### In a program of its own\n.*?^```py\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
        self._names: dict[str, Any] = {}
        exec(source, self._names)  # noqa: S102 - it is our own page
        self._names["time"] = SimpleNamespace(sleep=self._pause)
        self._url = url
        self.name: str = self._names["ME"]
        self.given: list[Mapping[str, str]] = []
        self.on: dict[int, Callable[[], object]] = {}
        """What happens while it has an event in hand…"""
        self.in_pause: Callable[[], object] = nothing
        """…and while it pauses."""

    async def run_until_it_crashes_on(self, position: int) -> list[int]:
        """Return the positions it was given; of these the last is not acknowledged."""
        begun = len(self.given)

        def handle(event: Mapping[str, str]) -> None:
            self.given.append(event)
            self.on.get(int(event["sequence"]), nothing)()
            if int(event["sequence"]) == position:
                raise Crash

        self._names["Redis"] = impatient()
        try:
            await asyncio.to_thread(self._names["serve"], self._url, handle)
        except Crash:
            return [int(event["sequence"]) for event in self.given[begun:]]
        raise AssertionError

    def _pause(self, seconds: float) -> None:
        self.in_pause()
        sleep(seconds / 50)


async def add(world: World, *, whole: bool = False) -> None:
    add = AddBusGroup(world.store.begin, world.store.log, world.bus, world.fill, world.store.clock, ())
    await add("billing", whole=whole)


def tend(world: World) -> TendBus:
    return TendBus(world.bus, world.fill, world.store.begin, world.store.clock)


async def remove(world: World) -> None:
    await RemoveBusGroup(world.store.begin, world.bus)("billing")


async def publish(world: World, *workspaces: int) -> None:
    await world.append(*workspaces)
    await world.fill.up_to(await world.store.log.head())


async def test_it_is_given_every_event_in_order_and_after_a_loss_what_it_has_not_acknowledged(
    redis_world: World, client: Redis, redis_url: str
) -> None:
    program = Program(redis_url)
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


async def test_a_connection_that_is_cut_costs_it_nothing_and_the_order_is_kept(
    redis_world: World, client: Redis, redis_url: str
) -> None:
    program, loop = Program(redis_url), asyncio.get_running_loop()

    def waiting() -> list[str]:
        return [each["id"] for each in client.client_list(_type="normal") if "b" in each["flags"]]

    def lose_an_answer() -> None:
        asyncio.run_coroutine_threadsafe(publish(redis_world, *[1] * 4), loop).result(SOON)
        client.xreadgroup(GROUP, program.name, {STREAM: ">"}, count=1)  # never told of it

    program.in_pause = lose_an_answer
    program.on[2] = lambda: client.client_kill_filter(_type="normal", skipme=True)
    await add(redis_world)
    running = asyncio.create_task(program.run_until_it_crashes_on(4))
    await redis_world.until(lambda: bool(waiting()))
    client.client_kill_filter(_id=waiting()[0])
    assert list(dict.fromkeys(await running)) == [1, 2, 3, 4]


async def test_it_may_acknowledge_in_any_order(redis_world: World, client: Redis) -> None:
    await redis_world.append(1)
    await add(redis_world)
    await publish(redis_world, 1, 1, 1)
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
    await tend(redis_world).once()
    state = await redis_world.bus.state()
    assert state is not None
    assert state.floor == len(entries) < 2_000


async def test_one_that_begins_again_is_given_everything_whatever_is_left_of_the_one_before(
    redis_world: World, client: Redis
) -> None:
    await add(redis_world)
    await publish(redis_world, 1, 1, 1)
    client.xreadgroup(GROUP, "me", {STREAM: ">"}, noack=True)
    state = await redis_world.bus.state()
    assert state is not None
    await remove(redis_world)
    await add(redis_world, whole=True)
    # As by a process that has looked at the store before, or a Redis that was rolled back.
    await redis_world.bus.join("billing", state.groups["billing"])
    await tend(redis_world).once()
    assert await redis_world.acknowledged("billing", 0)
    ((_, entries),) = client.xreadgroup(GROUP, "me", {STREAM: ">"})
    assert len(entries) == 3


async def test_when_the_last_one_has_gone_the_bus_is_emptied_and_then_left_alone(
    redis_world: World, client: Redis
) -> None:
    await add(redis_world)
    await publish(redis_world, *[1] * 200)
    await remove(redis_world)
    tending = tend(redis_world)
    await tending.once()
    assert client.xlen(STREAM) < 50  # Redis drops blocks of entries
    so_far = client.info("stats")["total_commands_processed"]
    await tending.once()
    assert client.info("stats")["total_commands_processed"] == so_far + 1
    await add(redis_world)
    await publish(redis_world, 1)
    await tending.once()
    assert client.xlen(STREAM) == 1


async def test_how_far_it_is_in_the_redis_of_another_log_is_not_believed(redis_world: World, client: Redis) -> None:
    await redis_world.bus.restart(None, after=Position(0), groups=places(billing=0))
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
