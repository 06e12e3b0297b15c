"""Outbox: what the platform did is kept with the doing, until the log holds it."""

import asyncio

from shadower.domain.events.event import WorkspaceId
from shadower.domain.platform.act import Act, ActId, KeptAct
from shadower.testing import NOW
from tests.stores import OpenStore


def an_act(number: int = 1) -> Act:
    return Act(
        WorkspaceId(1), "key.issued", {"key": number, "name": "Ä 'key'", "scopes": ["admin"], "more": {"a": 1}}, NOW
    )


async def put(store: OpenStore, *acts: Act) -> None:
    async with store.begin() as work:
        for act in acts:
            await work.outbox.put(act)
        await work.commit()


async def oldest(store: OpenStore, limit: int = 100) -> list[KeptAct]:
    async with store.begin(reading=True) as work:
        return list(await work.outbox.oldest(limit))


async def remove(store: OpenStore, *acts: ActId) -> None:
    async with store.begin() as work:
        await work.outbox.remove(acts)
        await work.commit()


async def test_acts_come_as_they_were_put_and_in_that_order(store: OpenStore) -> None:
    acts = [an_act(number) for number in range(1, 6)]
    await put(store, *acts)
    found = await oldest(store)
    assert [kept.act for kept in found] == acts
    assert await oldest(store, 2) == found[:2]


async def test_each_act_has_one_event_id_of_its_own(store: OpenStore) -> None:
    await put(store, an_act(), an_act())
    first, second = await oldest(store)
    assert first.event_id != second.event_id
    assert [kept.event_id for kept in await oldest(store)] == [first.event_id, second.event_id]


async def test_a_removed_act_is_gone_and_its_number_is_not_given_again(store: OpenStore) -> None:
    await put(store, an_act(), an_act(2))
    first, second = await oldest(store)
    await remove(store, first.id, second.id)
    await remove(store, first.id)
    assert await oldest(store) == []
    await put(store, an_act(3))
    (third,) = await oldest(store)
    assert third.id > second.id


async def test_several_may_remove_the_same_at_once(store: OpenStore) -> None:
    twin = await store.twin()
    await put(store, *(an_act(number) for number in range(20)))
    numbers = [kept.id for kept in await oldest(store)]
    await asyncio.gather(*(remove(each, *numbers) for each in [store, twin] * 4))
    assert await oldest(store) == []
