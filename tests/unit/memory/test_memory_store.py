"""What only the store in memory promises: it says when it is closed, and two that wait for each other part again."""

import asyncio

import pytest

from shadower.adapters.memory.store import MemoryStore
from shadower.application.ports.work import Work
from shadower.domain.errors import StoreUnavailable
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.workspaces.workspace import Weekday
from shadower.testing import NOW, HandClock, a_batch, a_refused_event, an_event


async def new_store(*names: str) -> MemoryStore:
    store = MemoryStore(HandClock(), patience=0.1)
    await store.open()
    async with store.begin() as work:
        for name in names:
            await work.workspaces.add(name, name, "UTC", Weekday.MONDAY, NOW)
        await work.commit()
    return store


async def test_a_closed_store_is_unavailable_and_keeps_what_it_holds() -> None:
    store = await new_store("default")
    await store.log.append([a_batch(an_event())])
    await store.close()
    assert not (await store.health()).reachable
    for asked in (store.log.append([]), store.log.head(), store.log.read(Position(0), 1), store.keep()):
        with pytest.raises(StoreUnavailable):
            await asked
    for opening in (store.begin(), store.snapshot(WorkspaceId(1))):
        with pytest.raises(StoreUnavailable):
            await opening.__aenter__()
    await store.open()
    assert await store.log.head() == 1


async def test_a_unit_of_work_cannot_be_committed_once_the_store_is_closed() -> None:
    store = await new_store("default")
    async with store.begin() as work:
        await work.workspaces.add("late", "Late", "UTC", Weekday.MONDAY, NOW)
        await store.close()
        with pytest.raises(StoreUnavailable):
            await work.commit()
    await store.open()
    async with store.begin() as work:
        assert await work.workspaces.find("late") is None


async def test_of_two_units_that_wait_for_each_other_one_gives_up_and_the_other_goes_on() -> None:
    store = await new_store("one", "two")

    async def take(first: int, second: int, pause: float) -> bool:
        async with store.begin() as work:
            await work.workspaces.get(WorkspaceId(first))
            await asyncio.sleep(pause)
            await work.workspaces.get(WorkspaceId(second))
            await work.commit()
        return True

    ends = await asyncio.gather(take(1, 2, 0.01), take(2, 1, 0.05), return_exceptions=True)
    assert True in ends
    assert any(isinstance(end, StoreUnavailable) for end in ends)


async def test_an_append_waits_for_the_entry_it_has_to_count_and_gives_up_in_time() -> None:
    store = await new_store("default")
    await store.log.append([a_batch(refused=[a_refused_event()])])
    async with store.begin() as work:
        await locked_entry(work)
        with pytest.raises(StoreUnavailable):
            await store.log.append([a_batch(an_event(), refused=[a_refused_event()])])
        assert await store.log.head() == 0
        await store.log.append([a_batch(an_event(), refused=[a_refused_event(b"another")])])
    await store.log.append([a_batch(refused=[a_refused_event()])])
    async with store.begin() as work:
        assert (await locked_entry(work)) == 2


async def locked_entry(work: Work) -> int:
    found = await work.quarantine.list(WorkspaceId(1), code=None, start=None, end=None, state=None, limit=9)
    return (await work.quarantine.get(WorkspaceId(1), found[-1].id)).count
