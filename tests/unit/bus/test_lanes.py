"""Lanes: order within each, all of them side by side, and no task left alone."""

import asyncio

import pytest

from shadower.application.bus.lanes import Lanes
from tests.patience import eventually


async def test_a_lane_keeps_its_order_and_does_not_wait_for_another() -> None:
    done: list[str] = []
    gate = asyncio.Event()

    async def work(item: str) -> None:
        if item == "a1":
            await gate.wait()
        done.append(item)

    lanes: Lanes[str, str] = Lanes(work)
    for item in ("a1", "a2", "b1", "b2"):
        lanes.put(item[0], item)
    await eventually(lambda: done == ["b1", "b2"])
    gate.set()
    await eventually(lambda: done == ["b1", "b2", "a1", "a2"])
    lanes.put("a", "a3")
    await eventually(lambda: done[-1] == "a3")
    await lanes.stop(1)


async def test_whatever_a_task_raises_ends_the_watch() -> None:
    async def work(item: str) -> None:
        raise LookupError(item)

    lanes: Lanes[str, str] = Lanes(work)
    watching = asyncio.create_task(lanes.watch())
    lanes.put("a", "gone")
    with pytest.raises(LookupError, match="gone"):
        await watching
    await lanes.stop(0)


async def test_stopping_lets_what_is_under_way_finish_and_begins_nothing_more() -> None:
    done: list[int] = []

    async def work(item: int) -> None:
        await asyncio.sleep(0.05)
        done.append(item)

    lanes: Lanes[str, int] = Lanes(work)
    for item in range(3):
        lanes.put("a", item)
    await asyncio.sleep(0)
    await lanes.stop(5)
    assert done == [0]


async def test_what_takes_too_long_to_stop_is_cancelled() -> None:
    async def work(_: int) -> None:
        await asyncio.sleep(60)

    lanes: Lanes[str, int] = Lanes(work)
    lanes.put("a", 1)
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await lanes.stop(0.01)
        await lanes.stop(0)
