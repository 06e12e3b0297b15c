"""The first way in, over every store: made once, whoever asks at the same moment."""

import asyncio

import pytest

from shadower.adapters.system.secrets import SystemSecrets
from shadower.application.open_the_door import OpenTheDoor
from shadower.domain.keys.key import ApiKey, Scope, digest_of
from tests.stores import STORES, OpenStore

pytestmark = pytest.mark.parametrize("store", STORES, indirect=True)

GIVEN = "made-up-by-an-operator_0123456789abcdef"


def the_door(store: OpenStore) -> OpenTheDoor:
    return OpenTheDoor(store.begin, store.clock, SystemSecrets())


async def keys_of(store: OpenStore) -> list[ApiKey]:
    async with store.begin(reading=True) as work:
        workspace = await work.workspaces.find("default")
        return [] if workspace is None else list(await work.keys.list(workspace.id, 10))


async def test_the_first_time_makes_the_workspace_and_a_key_of_its_administrator(store: OpenStore) -> None:
    text = await the_door(store)(None)
    assert text is not None
    (key,) = await keys_of(store)
    assert (key.digest, key.scopes) == (digest_of(text), {Scope.ADMIN})
    async with store.begin(reading=True) as work:
        found = await work.workspaces.find("default")
    assert found is not None
    assert found.time_zone == "UTC"


async def test_the_second_time_makes_nothing(store: OpenStore) -> None:
    await the_door(store)(None)
    before = await keys_of(store)
    assert await the_door(store)(None) is None
    assert await keys_of(store) == before


async def test_where_every_key_was_revoked_nobody_is_let_in_again_by_a_restart(store: OpenStore) -> None:
    await the_door(store)(None)
    (key,) = await keys_of(store)
    async with store.begin() as work:
        await work.keys.revoke(key.id, store.clock.now())
        await work.commit()
    assert await the_door(store)(None) is None


async def test_a_given_key_is_added_once_and_never_told(store: OpenStore) -> None:
    for _ in range(2):
        assert await the_door(store)(GIVEN) is None
    (key,) = await keys_of(store)
    assert (key.digest, key.name, key.scopes) == (digest_of(GIVEN), "bootstrap", {Scope.ADMIN})


async def test_a_given_key_is_added_to_those_that_are_there(store: OpenStore) -> None:
    await the_door(store)(None)
    await the_door(store)(GIVEN)
    assert len(await keys_of(store)) == 2


async def test_of_several_processes_that_start_at_once_one_makes_the_key(store: OpenStore) -> None:
    twins = [store, await store.twin(), await store.twin()]
    made = await asyncio.gather(*(the_door(twin)(None) for twin in twins))
    assert sum(text is not None for text in made) == 1
    assert len(await keys_of(store)) == 1
