"""Keys and sign-ins: who is let in, until when, and when they were last seen."""

import asyncio

import pytest

from shadower.application.ports.work import SignIn
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import HOUR, MINUTE
from shadower.domain.keys.key import ApiKey, KeyId, KeyNotFound, Scope, digest_of
from shadower.testing import NOW
from tests.stores import OpenStore

WORKSPACE = WorkspaceId(1)
BOTH = frozenset({Scope.INGEST, Scope.READ})


async def new_key(store: OpenStore, text: str = "shd_one", workspace: WorkspaceId = WORKSPACE) -> ApiKey:
    async with store.begin() as work:
        key = await work.keys.add(workspace, f"the {text}", digest_of(text), text[:12], BOTH, NOW)
        await work.commit()
    return key


async def the_key(store: OpenStore, key: ApiKey) -> ApiKey:
    async with store.begin(reading=True) as work:
        return await work.keys.get(key.workspace, key.id)


async def sign_in(store: OpenStore, secret: str, key: KeyId, created_at: int, expires_at: int) -> SignIn:
    opened = SignIn(digest_of(secret), key, created_at, expires_at)
    async with store.begin() as work:
        await work.sign_ins.add(opened)
        await work.commit()
    return opened


async def found(store: OpenStore, secret: str) -> tuple[SignIn, ApiKey] | None:
    async with store.begin(reading=True) as work:
        return await work.sign_ins.find(digest_of(secret))


async def test_a_new_key_is_found_by_its_digest_and_by_its_number(store: OpenStore) -> None:
    key = await new_key(store)
    assert key == ApiKey(key.id, WORKSPACE, "the shd_one", digest_of("shd_one"), "shd_one", BOTH, NOW)
    async with store.begin() as work:
        assert await work.keys.find_by_digest(digest_of("shd_one")) == key
        assert await work.keys.get(WORKSPACE, key.id) == key


@pytest.mark.parametrize("scopes", [frozenset({scope}) for scope in Scope] + [frozenset(Scope)])
async def test_a_key_keeps_its_scopes(store: OpenStore, scopes: frozenset[Scope]) -> None:
    async with store.begin() as work:
        await work.keys.add(WORKSPACE, "Schlüssel № 1", b"\0\xff" * 16, "shd_12345678", scopes, NOW)
        await work.commit()
    async with store.begin() as work:
        key = await work.keys.find_by_digest(b"\0\xff" * 16)
    assert key is not None
    assert (key.scopes, key.name, key.digest) == (scopes, "Schlüssel № 1", b"\0\xff" * 16)


async def test_an_unknown_digest_finds_nothing(store: OpenStore) -> None:
    await new_key(store)
    async with store.begin() as work:
        assert await work.keys.find_by_digest(digest_of("shd_two")) is None
        assert await work.keys.find_by_digest(b"") is None


async def test_a_digest_that_is_there_already_returns_its_key_unchanged(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    key = await new_key(store)
    async with store.begin() as work:
        again = await work.keys.add(elsewhere, "another name", key.digest, "other", frozenset({Scope.ADMIN}), NOW + 1)
        await work.commit()
    assert again == key
    async with store.begin() as work:
        assert list(await work.keys.list(elsewhere, 10)) == []


async def test_the_same_digest_added_by_many_at_once_is_one_key(store: OpenStore) -> None:
    twin = await store.twin()
    keys = await asyncio.gather(*(new_key(each) for each in [store, twin] * 3))
    assert len(set(keys)) == 1


async def test_a_key_of_another_workspace_is_not_found(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    key = await new_key(store)
    async with store.begin() as work:
        for workspace, number in ((elsewhere, key.id), (WORKSPACE, KeyId(key.id + 1))):
            with pytest.raises(KeyNotFound):
                await work.keys.get(workspace, number)


async def test_keys_are_listed_in_the_order_they_were_made_and_page_by_number(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    keys = [await new_key(store, f"shd_{number}") for number in range(5)]
    await new_key(store, "shd_theirs", elsewhere)
    async with store.begin() as work:
        await work.keys.revoke(keys[2].id, NOW)
        await work.commit()
    async with store.begin() as work:
        whole = list(await work.keys.list(WORKSPACE, 10))
        assert [key.id for key in whole] == [key.id for key in keys]
        assert list(await work.keys.list(WORKSPACE, 2)) == whole[:2]
        assert list(await work.keys.list(WORKSPACE, 10, after=whole[1].id)) == whole[2:]


async def test_a_revoked_key_is_still_found_and_says_when_it_was_revoked(store: OpenStore) -> None:
    key = await new_key(store)
    for at in (NOW + 5, NOW + 9):
        async with store.begin() as work:
            await work.keys.revoke(key.id, at)
            await work.commit()
    async with store.begin() as work:
        revoked = await work.keys.find_by_digest(key.digest)
    assert revoked is not None
    assert revoked.revoked_at == NOW + 5
    assert await the_key(store, key) == revoked


async def test_last_use_moves_on_and_never_back(store: OpenStore) -> None:
    key, other = await new_key(store), await new_key(store, "shd_two")
    for at, expected in ((NOW, NOW), (NOW + HOUR, NOW + HOUR), (NOW + MINUTE, NOW + HOUR)):
        async with store.begin() as work:
            await work.keys.touch({key.id: at})
            await work.commit()
        assert (await the_key(store, key)).last_used_at == expected
    assert (await the_key(store, other)).last_used_at is None


async def test_use_of_many_keys_is_recorded_together_and_of_none_too(store: OpenStore) -> None:
    keys = [await new_key(store, f"shd_{number}") for number in range(4)]
    async with store.begin() as work:
        await work.keys.touch({})
        await work.keys.touch({key.id: NOW + key.id for key in keys} | {KeyId(9_999): NOW})
        await work.commit()
    for key in keys:
        assert (await the_key(store, key)).last_used_at == NOW + key.id


async def test_the_latest_of_uses_recorded_at_once_remains(store: OpenStore) -> None:
    twin = await store.twin()
    first, second = await new_key(store), await new_key(store, "shd_two")

    async def touch(each: OpenStore, at: int) -> None:
        used = {first.id: at, second.id: at}
        async with each.begin() as work:
            await work.keys.touch(used if at % 2 else dict(reversed(used.items())))
            await work.commit()

    await asyncio.gather(*(touch([store, twin][at % 2], NOW + at) for at in (3, 7, 1, 8, 2, 5)))
    assert (await the_key(store, first)).last_used_at == NOW + 8
    assert (await the_key(store, second)).last_used_at == NOW + 8


async def test_what_is_done_to_keys_without_commit_never_happened(store: OpenStore) -> None:
    key = await new_key(store)
    async with store.begin() as work:
        await work.keys.revoke(key.id, NOW)
        await work.keys.touch({key.id: NOW})
        await work.keys.add(WORKSPACE, "another", digest_of("shd_two"), "shd_two", BOTH, NOW)
    async with store.begin() as work:
        assert list(await work.keys.list(WORKSPACE, 10)) == [key]


async def test_a_sign_in_stands_for_its_key(store: OpenStore) -> None:
    key = await new_key(store)
    opened = await sign_in(store, "cookie", key.id, NOW, NOW + HOUR)
    assert await found(store, "cookie") == (opened, key)
    assert await found(store, "other cookie") is None


async def test_an_expired_sign_in_is_found_until_it_is_cleared_away(store: OpenStore) -> None:
    key = await new_key(store)
    await sign_in(store, "old", key.id, NOW, NOW + HOUR)
    lasting = await sign_in(store, "lasting", key.id, NOW, NOW + HOUR + 1)
    assert await found(store, "old") is not None
    await sign_in(store, "new", key.id, NOW + HOUR, NOW + 2 * HOUR)
    assert await found(store, "old") is None
    assert await found(store, "lasting") == (lasting, key)
    assert await found(store, "new") is not None


async def test_a_sign_in_ends_once_however_often_it_is_removed(store: OpenStore) -> None:
    key = await new_key(store)
    await sign_in(store, "cookie", key.id, NOW, NOW + HOUR)
    for _ in range(2):
        async with store.begin() as work:
            await work.sign_ins.remove(digest_of("cookie"))
            await work.commit()
        assert await found(store, "cookie") is None


async def test_a_removal_without_commit_never_happened(store: OpenStore) -> None:
    key = await new_key(store)
    await sign_in(store, "cookie", key.id, NOW, NOW + HOUR)
    async with store.begin() as work:
        await work.sign_ins.remove(digest_of("cookie"))
        assert await work.sign_ins.find(digest_of("cookie")) is None
    assert await found(store, "cookie") is not None


async def test_the_sign_ins_of_a_revoked_key_end_with_it(store: OpenStore) -> None:
    key, other = await new_key(store), await new_key(store, "shd_two")
    await sign_in(store, "cookie", key.id, NOW, NOW + HOUR)
    await sign_in(store, "theirs", other.id, NOW, NOW + HOUR)
    async with store.begin() as work:
        await work.keys.revoke(key.id, NOW + 1)
        assert await work.sign_ins.find(digest_of("cookie")) is None
        await work.commit()
    assert await found(store, "cookie") is None
    assert await found(store, "theirs") is not None
