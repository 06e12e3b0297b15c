"""Schedules: every slot has one run, whoever looks and however often."""

import asyncio

import pytest

from shadower.application.ports.schedules import Slot, SlotTaken, Whose
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import DAY, HOUR
from shadower.domain.jobs.job import JobId
from shadower.testing import NOW
from tests.stores import OpenStore

WORKSPACE = WorkspaceId(1)
UPKEEP: Whose = ("upkeep", None)


def a_slot(at: int = NOW, *, schedule: str = "upkeep", workspace: WorkspaceId | None = None, job: int = 1) -> Slot:
    return Slot(schedule, workspace, at, JobId(job))


async def looked_at(store: OpenStore, whose: Whose, since: int, to: int | None = None) -> int:
    async with store.begin() as work:
        mark = await work.schedules.lock(whose, since)
        if to is not None:
            await work.schedules.move(whose, to)
        await work.commit()
    return mark


async def test_a_schedule_nobody_looked_at_is_decided_from_the_first_look_on(store: OpenStore) -> None:
    async with store.begin(reading=True) as work:
        assert await work.schedules.marks() == {}
    assert await looked_at(store, UPKEEP, NOW) == NOW
    assert await looked_at(store, UPKEEP, NOW + HOUR) == NOW
    async with store.begin(reading=True) as work:
        assert await work.schedules.marks() == {UPKEEP: NOW}


async def test_a_mark_moves_on_and_never_back(store: OpenStore) -> None:
    await looked_at(store, UPKEEP, NOW, to=NOW + 2)
    await looked_at(store, UPKEEP, NOW, to=NOW + 1)
    assert await looked_at(store, UPKEEP, NOW) == NOW + 2


async def test_each_workspace_and_the_system_have_marks_of_their_own(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    for number, workspace in enumerate((None, WORKSPACE, elsewhere)):
        await looked_at(store, ("reports", workspace), NOW + number)
    async with store.begin(reading=True) as work:
        assert await work.schedules.marks() == {
            ("reports", None): NOW,
            ("reports", WORKSPACE): NOW + 1,
            ("reports", elsewhere): NOW + 2,
        }


async def test_a_look_left_without_commit_decided_nothing(store: OpenStore) -> None:
    async with store.begin() as work:
        await work.schedules.lock(UPKEEP, NOW)
        await work.schedules.add(a_slot())
    async with store.begin() as work:
        assert await work.schedules.marks() == {}
        await work.schedules.add(a_slot())


async def test_a_slot_is_taken_once(store: OpenStore) -> None:
    async with store.begin() as work:
        await work.schedules.add(a_slot())
        await work.schedules.add(a_slot(workspace=WORKSPACE))
        await work.schedules.add(a_slot(schedule="other"))
        await work.schedules.add(a_slot(NOW + 1))
        await work.commit()
    async with store.begin() as work:
        with pytest.raises(SlotTaken):
            await work.schedules.add(a_slot(job=2))
        await work.schedules.add(a_slot(NOW + 2))


async def test_the_slots_that_were_run_are_told_from_a_moment_on(store: OpenStore) -> None:
    async with store.begin() as work:
        for slot in (a_slot(NOW - 1), a_slot(NOW), a_slot(NOW + 1), a_slot(NOW + 2, workspace=WORKSPACE)):
            await work.schedules.add(slot)
        assert await work.schedules.taken(UPKEEP, NOW) == {NOW, NOW + 1}
        await work.commit()
    async with store.begin(reading=True) as work:
        assert await work.schedules.taken(UPKEEP, NOW + 1) == {NOW + 1}
        assert await work.schedules.taken(("upkeep", WORKSPACE), NOW) == {NOW + 2}


async def test_a_slot_taken_by_two_at_once_is_one_run(store: OpenStore) -> None:
    twin = await store.twin()

    async def take(each: OpenStore, job: int) -> int:
        try:
            async with each.begin() as work:
                await work.schedules.add(a_slot(job=job))
                await asyncio.sleep(0)
                await work.commit()
        except SlotTaken:
            return 0
        return job

    runs = await asyncio.gather(*(take(each, number) for number, each in enumerate((store, twin) * 4, 1)))
    assert sum(run > 0 for run in runs) == 1


async def test_two_that_look_at_once_take_turns(store: OpenStore) -> None:
    twin = await store.twin()

    async def step(each: OpenStore) -> None:
        async with each.begin() as work:
            mark = await work.schedules.lock(UPKEEP, NOW)
            await asyncio.sleep(0)
            await work.schedules.move(UPKEEP, mark + 1)
            await work.commit()

    await asyncio.gather(*(step(each) for each in (store, twin) * 5))
    assert await looked_at(store, UPKEEP, NOW) == NOW + 10


async def test_the_latest_slots_are_those_of_the_workspace_and_the_system(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    async with store.begin() as work:
        for slot in (
            a_slot(NOW, job=1),
            a_slot(NOW - HOUR, job=2),
            a_slot(schedule="reports", workspace=WORKSPACE, job=3),
            a_slot(schedule="reports", workspace=elsewhere, at=NOW + 1, job=4),
        ):
            await work.schedules.add(slot)
        await work.commit()
    async with store.begin(reading=True) as work:
        assert await work.schedules.latest(WORKSPACE) == [
            a_slot(schedule="reports", workspace=WORKSPACE, job=3),
            a_slot(NOW, job=1),
        ]


async def test_upkeep_clears_old_slots_and_keeps_what_is_decided(store: OpenStore) -> None:
    await looked_at(store, UPKEEP, NOW)
    async with store.begin() as work:
        await work.schedules.add(a_slot())
        await work.commit()
    store.clock.move(31 * DAY)
    await store.store.keep()
    async with store.begin(reading=True) as work:
        assert await work.schedules.latest(WORKSPACE) == []
        assert await work.schedules.marks() == {UPKEEP: NOW}
