"""BusGroups: how far each group has come is never forgotten, and one process at a time serves it."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.application.ports.work import Work
from shadower.domain.bus.group import (
    OUTSIDE,
    BusGroup,
    BusGroupInUse,
    BusGroupLost,
    BusGroupNameInvalid,
    BusGroupNotFound,
    BusGroupTaken,
    GroupLease,
    GroupPlace,
)
from shadower.domain.events.event import Position
from shadower.domain.events.moments import HOUR, SECOND
from shadower.testing import NOW, an_event, an_unhandled_event
from tests.stores import OpenStore

LONG = 3_600.0
SHORT = 0.2


async def join(store: OpenStore, group: str = "mail", after: int = 0, *, outside: bool = False) -> None:
    async with store.begin() as work:
        await work.bus_groups.join(group, Position(after), NOW, outside=outside)
        await work.commit()


async def carry(store: OpenStore, at: int, *told: tuple[str, GroupPlace]) -> None:
    async with store.begin() as work:
        await work.bus_groups.carry(dict(told), at)
        await work.commit()


async def place_of(store: OpenStore, group: str = "mail") -> GroupPlace:
    async with store.begin(reading=True) as work:
        return (await work.bus_groups.places())[group]


async def further(store: OpenStore, group: str, acknowledged: int) -> tuple[str, GroupPlace]:
    """Return the group as it is, but come so far."""
    return group, replace(await place_of(store, group), acknowledged=Position(acknowledged))


async def acquire(
    store: OpenStore, owner: str, seconds: float = LONG, group: str = "mail"
) -> tuple[GroupLease, Position] | None:
    async with store.begin() as work:
        held = await work.bus_groups.acquire(group, owner, seconds)
        await work.commit()
    return held


async def lease_of(store: OpenStore, owner: str, seconds: float = LONG) -> GroupLease:
    held = await acquire(store, owner, seconds)
    assert held is not None
    return held[0]


async def hold(store: OpenStore, lease: GroupLease, acknowledged: int, seconds: float = LONG, at: int = NOW) -> None:
    async with store.begin() as work:
        await work.bus_groups.hold(lease, Position(acknowledged), seconds, at)
        await work.commit()


async def pass_time(store: OpenStore, seconds: float) -> None:
    """A store in memory goes by the clock of the test, a database by its own."""
    store.clock.move(round(seconds * SECOND))
    if store.kind != "memory":
        await asyncio.sleep(seconds)


async def status_of(store: OpenStore, group: str = "mail") -> BusGroup:
    async with store.begin(reading=True) as work:
        return next(status for status in await work.bus_groups.statuses() if status.name == group)


async def test_a_group_begins_where_it_joined_and_joins_once(store: OpenStore) -> None:
    await join(store, after=7)
    await join(store, after=9)
    assert (await place_of(store)).acknowledged == 7


@pytest.mark.parametrize("name", ["", "Mail", "-mail", "mail.", "m" * 101, "mail box", "\0"])
async def test_a_name_that_cannot_name_a_group_is_refused(store: OpenStore, name: str) -> None:
    async with store.begin() as work:
        for refused in (
            work.bus_groups.join(name, Position(0), NOW),
            work.bus_groups.acquire(name, "me", LONG),
            work.bus_groups.remove(name),
        ):
            with pytest.raises(BusGroupNameInvalid):
                await refused


async def test_a_status_says_how_far_behind_the_log_a_group_is(store: OpenStore) -> None:
    await store.append(an_event(), at=NOW)
    await store.append(an_event(), at=NOW + SECOND)
    await join(store, after=1)
    assert await status_of(store) == BusGroup("mail", Position(1), Position(2), NOW, NOW + SECOND, None, 0)
    lease = await lease_of(store, "here")
    await hold(store, lease, 2, at=NOW + HOUR)
    assert await status_of(store) == BusGroup("mail", Position(2), Position(2), NOW + HOUR, None, "here", 0)


async def test_statuses_are_by_name_and_count_each_groups_dead_letters(store: OpenStore) -> None:
    for name in ("web", "alerts", "mail"):
        await join(store, name)
    async with store.begin() as work:
        await work.dead_letters.keep(an_unhandled_event(1), NOW)
        await work.dead_letters.keep(an_unhandled_event(2), NOW)
        await work.dead_letters.keep(an_unhandled_event(1, group="web"), NOW)
        await work.commit()
    async with store.begin(reading=True) as work:
        found = [(status.name, status.dead_letters) for status in await work.bus_groups.statuses()]
    assert found == [("alerts", 0), ("mail", 2), ("web", 1)]


async def test_one_of_many_gets_the_lease(store: OpenStore) -> None:
    await join(store, after=3)
    twin = await store.twin()
    held = await asyncio.gather(*(acquire(each, f"process-{n}") for n, each in enumerate([store, twin] * 4)))
    (winner,) = [one for one in held if one is not None]
    assert (winner[0].group, winner[1]) == ("mail", 3)
    assert (await status_of(store)).owner == winner[0].owner


async def test_a_group_that_is_not_there_cannot_be_acquired(store: OpenStore) -> None:
    assert await acquire(store, "here", group="nobody") is None


async def test_a_lease_in_force_keeps_others_out_until_it_runs_out(store: OpenStore) -> None:
    await join(store)
    first = await lease_of(store, "first", SHORT)
    assert await acquire(store, "second") is None
    await pass_time(store, 2 * SHORT)
    assert (await status_of(store)).owner is None
    second = await lease_of(store, "second")
    assert second.token > first.token


async def test_holding_on_prolongs_the_lease(store: OpenStore) -> None:
    await join(store)
    lease = await lease_of(store, "first", SHORT)
    await hold(store, lease, 0, LONG)
    await pass_time(store, 2 * SHORT)
    assert await acquire(store, "second") is None


async def test_whoever_lost_the_lease_moves_nothing(store: OpenStore) -> None:
    await join(store)
    first = await lease_of(store, "first", SHORT)
    await pass_time(store, 2 * SHORT)
    second = await lease_of(store, "second")
    await hold(store, second, 5)
    async with store.begin() as work:
        with pytest.raises(BusGroupLost):
            await work.bus_groups.hold(first, Position(9), LONG, NOW)
        await work.bus_groups.release(first)
        await work.commit()
    assert ((await status_of(store)).acknowledged, (await status_of(store)).owner) == (5, "second")


async def test_a_lease_that_ran_out_can_be_prolonged_while_nobody_else_took_it(store: OpenStore) -> None:
    await join(store)
    lease = await lease_of(store, "first", SHORT)
    await pass_time(store, 2 * SHORT)
    await hold(store, lease, 4)
    assert (await status_of(store)).owner == "first"


async def test_what_is_acknowledged_never_goes_back(store: OpenStore) -> None:
    await join(store, after=10)
    lease = await lease_of(store, "here")
    await hold(store, lease, 8, at=NOW + HOUR)
    assert ((await status_of(store)).acknowledged, (await status_of(store)).moved_at) == (10, NOW)


async def test_a_lease_that_was_released_is_free_at_once(store: OpenStore) -> None:
    await join(store)
    lease = await lease_of(store, "first")
    async with store.begin() as work:
        await work.bus_groups.release(lease)
        await work.commit()
    second = await lease_of(store, "second")
    assert second.token > lease.token
    async with store.begin() as work:
        with pytest.raises(BusGroupLost):
            await work.bus_groups.hold(lease, Position(1), LONG, NOW)


async def test_a_lease_taken_in_work_without_commit_is_nobodys(store: OpenStore) -> None:
    await join(store)
    async with store.begin() as work:
        assert await work.bus_groups.acquire("mail", "first", LONG) is not None
    assert await acquire(store, "second") is not None


async def test_a_group_is_removed_with_its_dead_letters(store: OpenStore) -> None:
    await join(store)
    await join(store, "web")
    async with store.begin() as work:
        await work.dead_letters.keep(an_unhandled_event(1), NOW)
        await work.dead_letters.keep(an_unhandled_event(1, group="web"), NOW)
        await work.bus_groups.remove("mail")
        await work.commit()
    async with store.begin(reading=True) as work:
        assert list(await work.bus_groups.places()) == ["web"]
        assert [letter.group for letter in await work.dead_letters.list(None, limit=9)] == ["web"]


async def test_a_group_that_is_served_or_unknown_is_not_removed(store: OpenStore) -> None:
    await join(store)
    await lease_of(store, "here", SHORT)

    async def remove(work: Work) -> None:
        await work.bus_groups.remove("mail")
        await work.commit()

    async with store.begin() as work:
        with pytest.raises(BusGroupInUse, match="here"):
            await work.bus_groups.remove("mail")
        with pytest.raises(BusGroupNotFound):
            await work.bus_groups.remove("nobody")
    await pass_time(store, 2 * SHORT)
    async with store.begin() as work:
        await remove(work)
    async with store.begin(reading=True) as work:
        assert await work.bus_groups.places() == {}


async def test_a_removed_group_that_joins_again_begins_anew_and_nobody_holds_it(store: OpenStore) -> None:
    await join(store, after=3)
    lease = await lease_of(store, "here", SHORT)
    await pass_time(store, 2 * SHORT)
    async with store.begin() as work:
        await work.bus_groups.remove("mail")
        await work.commit()
    await join(store, after=9)
    assert (await lease_of(store, "here")).token > lease.token
    async with store.begin() as work:
        with pytest.raises(BusGroupLost):
            await work.bus_groups.hold(lease, Position(10), LONG, NOW)
    assert (await status_of(store)).acknowledged == 9


async def test_a_group_outside_is_nobodys_to_serve_and_is_removed_like_others(store: OpenStore) -> None:
    await join(store)
    await join(store, "billing", after=4, outside=True)
    await join(store, "billing", after=9, outside=True)
    assert await acquire(store, "here", group="billing") is None
    assert ((await status_of(store, "billing")).owner, (await status_of(store, "billing")).acknowledged) == (OUTSIDE, 4)
    async with store.begin() as work:
        assert list(await work.bus_groups.outside()) == ["billing"]
        await work.bus_groups.remove("billing")
        assert list(await work.bus_groups.outside()) == []


async def test_a_group_is_of_one_kind_for_ever(store: OpenStore) -> None:
    await join(store)
    await join(store, "billing", outside=True)
    with pytest.raises(BusGroupTaken, match="a handler"):
        await join(store, outside=True)
    with pytest.raises(BusGroupTaken, match="a program outside"):
        await join(store, "billing")


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_one_that_is_gone_by_the_time_it_is_looked_at_was_not_in_the_way(store: OpenStore) -> None:
    await join(store, "billing", after=3)
    with pytest.MonkeyPatch.context() as patch:
        async with store.begin() as work:

            async def look(connection: AsyncConnection, statement: Executable) -> object:
                patch.undo()
                await work.bus_groups.remove("billing")
                return await connection.scalar(statement)

            patch.setattr(AsyncConnection, "scalar", look)
            await work.bus_groups.join("billing", Position(9), NOW, outside=True)
            await work.commit()
    assert (await place_of(store, "billing")).acknowledged == 9


async def test_what_is_carried_takes_groups_outside_forward_and_nobody_else_anywhere(store: OpenStore) -> None:
    await join(store)
    await join(store, "billing", after=3, outside=True)
    told = [await further(store, group, 5) for group in ("billing", "mail")]
    await carry(store, NOW + HOUR, *told, ("nobody", told[0][1]))
    await carry(store, NOW + 2 * HOUR, await further(store, "billing", 4))
    billing = await status_of(store, "billing")
    assert (billing.acknowledged, billing.moved_at, (await status_of(store)).acknowledged) == (5, NOW + HOUR, 0)


async def test_what_one_had_acknowledged_is_not_carried_to_another_that_has_its_name(store: OpenStore) -> None:
    await join(store, "billing", outside=True)
    told = await further(store, "billing", 5)
    async with store.begin() as work:
        assert await work.bus_groups.remove("billing") == await place_of(store, "billing")
        await work.commit()
    await pass_time(store, 0.01)
    await join(store, "billing", outside=True)
    await carry(store, NOW + HOUR, told)
    assert (await place_of(store, "billing")).acknowledged == 0
