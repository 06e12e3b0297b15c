"""ReadModels: documents by projection, workspace and key."""

import asyncio

import pytest

from shadower.application.ports.read_models import Document
from shadower.domain.events.event import WorkspaceId
from tests.stores import OpenStore

WORKSPACE = WorkspaceId(1)
ELSEWHERE = WorkspaceId(2)
ODD_KEYS = ["", " ", "A", "Zebra", "a", "a b", "agent/1", "b", "ä", "é", "日本", "\U0001f600", "\uffff"]


async def put(store: OpenStore, documents: dict[str, Document], workspace: WorkspaceId = WORKSPACE) -> None:
    async with store.begin() as work:
        await work.read_models.put("seen", workspace, documents)
        await work.commit()


async def listed(store: OpenStore, workspace: WorkspaceId = WORKSPACE, projection: str = "seen") -> dict[str, Document]:
    async with store.begin(reading=True) as work:
        return dict(await work.read_models.list(projection, workspace, 1000))


async def test_a_document_is_read_as_it_was_written(store: OpenStore) -> None:
    document: Document = {
        "events": 2**70,
        "name": "Ünïcode \U0001f600 \"'\\",
        "known": True,
        "until": None,
        "minus": -1,
    }
    await put(store, {"ada": document, "empty": {}})
    async with store.begin(reading=True) as work:
        found = await work.read_models.get("seen", WORKSPACE, ["ada", "empty", "nobody"])
    assert found == {"ada": document, "empty": {}}


async def test_a_document_takes_the_place_of_the_one_before(store: OpenStore) -> None:
    await put(store, {"ada": {"events": 1}, "grace": {"events": 1}})
    await put(store, {"ada": {"last": "x"}})
    assert await listed(store) == {"ada": {"last": "x"}, "grace": {"events": 1}}


async def test_a_unit_of_work_reads_what_it_has_written(store: OpenStore) -> None:
    async with store.begin() as work:
        await work.read_models.put("seen", WORKSPACE, {"ada": {"events": 1}})
        await work.read_models.put("seen", WORKSPACE, {"ada": {"events": 2}, "grace": {"events": 1}})
        assert await work.read_models.get("seen", WORKSPACE, ["ada"]) == {"ada": {"events": 2}}
        assert len(await work.read_models.list("seen", WORKSPACE, 10)) == 2
    assert await listed(store) == {}


async def test_keys_page_by_code_point_in_every_store(store: OpenStore) -> None:
    keys = [key for key in ODD_KEYS if key]
    await put(store, {key: {"key": key} for key in reversed(keys)})
    found: list[str] = []
    async with store.begin(reading=True) as work:
        while page := await work.read_models.list("seen", WORKSPACE, 3, after=found[-1] if found else ""):
            found += [key for key, _ in page]
    assert found == sorted(keys)


async def test_workspaces_and_projections_share_nothing(store: OpenStore) -> None:
    await put(store, {"ada": {"events": 1}})
    await put(store, {"ada": {"events": 2}}, ELSEWHERE)
    async with store.begin() as work:
        await work.read_models.put("other", WORKSPACE, {"ada": {"events": 3}})
        await work.commit()
    assert await listed(store) == {"ada": {"events": 1}}
    async with store.begin() as work:
        await work.read_models.clear("seen")
        assert await work.read_models.get("seen", WORKSPACE, ["ada"]) == {}
        await work.commit()
    assert (await listed(store), await listed(store, ELSEWHERE)) == ({}, {})
    assert await listed(store, projection="other") == {"ada": {"events": 3}}


async def test_clearing_left_without_commit_never_happened(store: OpenStore) -> None:
    await put(store, {"ada": {"events": 1}})
    async with store.begin() as work:
        await work.read_models.clear("seen")
    assert await listed(store) == {"ada": {"events": 1}}


async def test_many_documents_are_written_and_found_in_one_go(store: OpenStore) -> None:
    documents: dict[str, Document] = {f"user-{number:05}": {"number": number} for number in range(1_300)}
    await put(store, documents)
    async with store.begin(reading=True) as work:
        assert await work.read_models.get("seen", WORKSPACE, documents) == documents
        assert await work.read_models.get("seen", WORKSPACE, []) == {}
    await put(store, {})


async def test_two_that_write_the_same_documents_do_not_wait_for_each_other_for_ever(store: OpenStore) -> None:
    twin = await store.twin()
    keys = [f"k{number}" for number in range(20)]
    await asyncio.gather(
        *(
            put(each, {key: {"turn": turn} for key in (keys if turn % 2 else reversed(keys))})
            for turn, each in enumerate([store, twin] * 4)
        )
    )
    assert len({str(document) for document in (await listed(store)).values()}) == 1


@pytest.mark.parametrize("key", ODD_KEYS)
async def test_any_key_may_hold_a_document(store: OpenStore, key: str) -> None:
    await put(store, {key: {"found": True}})
    async with store.begin(reading=True) as work:
        assert await work.read_models.get("seen", WORKSPACE, [key]) == {key: {"found": True}}
