"""Workspaces: their slugs are given once, they are changed one at a time."""

import asyncio
from dataclasses import replace

import pytest

from shadower.application.ports.work import Work
from shadower.domain.events.event import WorkspaceId
from shadower.domain.workspaces.workspace import Weekday, Workspace, WorkspaceAlreadyExists, WorkspaceNotFound
from shadower.testing import NOW
from tests.stores import OpenStore


async def add(work: Work, slug: str) -> Workspace:
    return await work.workspaces.add(slug, f"The {slug}", "Asia/Kathmandu", Weekday.SUNDAY, NOW + 3)


async def test_a_new_workspace_has_what_it_was_given_and_a_number(store: OpenStore) -> None:
    async with store.begin() as work:
        added = await add(work, "sales")
        await work.commit()
    assert added == Workspace(added.id, "sales", "The sales", "Asia/Kathmandu", Weekday.SUNDAY, NOW + 3)
    async with store.begin() as work:
        assert await work.workspaces.find("sales") == added
        assert await work.workspaces.get(added.id) == added


async def test_a_unit_of_work_sees_what_it_added_itself(store: OpenStore) -> None:
    async with store.begin() as work:
        added = await add(work, "sales")
        assert await work.workspaces.find("sales") == added
        assert await work.workspaces.get(added.id) == added
        assert added in await work.workspaces.all()


async def test_a_second_workspace_of_the_same_slug_is_refused_at_once(store: OpenStore) -> None:
    async with store.begin() as work:
        first = await add(work, "sales")
        with pytest.raises(WorkspaceAlreadyExists):
            await add(work, "sales")
        other = await add(work, "support")
        await work.commit()
    async with store.begin() as work:
        with pytest.raises(WorkspaceAlreadyExists):
            await add(work, "sales")
        assert [one for one in await work.workspaces.all() if one.slug != "default"] == [first, other]


async def test_slugs_that_differ_at_all_are_different_slugs(store: OpenStore) -> None:
    async with store.begin() as work:
        for slug in ("a", "a-b", "ab", "a1"):
            await add(work, slug)
        await work.commit()
    async with store.begin() as work:
        assert [one.slug for one in await work.workspaces.all()] == ["a", "a-b", "a1", "ab", "default"]


async def test_of_two_who_take_the_same_slug_at_once_one_gets_it(store: OpenStore) -> None:
    twin = await store.twin()

    async def take(each: OpenStore) -> bool:
        async with each.begin() as work:
            try:
                await add(work, "sales")
            except WorkspaceAlreadyExists:
                return False
            await asyncio.sleep(0.02)
            await work.commit()
        return True

    taken = await asyncio.gather(*(take(each) for each in (store, twin, store, twin)))
    assert sorted(taken) == [False, False, False, True]


async def test_a_slug_given_back_by_a_rollback_is_free(store: OpenStore) -> None:
    async with store.begin() as work:
        await add(work, "sales")
    async with store.begin() as work:
        assert await work.workspaces.find("sales") is None
        await add(work, "sales")
        await work.commit()


async def test_a_workspace_nobody_made_is_not_found(store: OpenStore) -> None:
    async with store.begin() as work:
        assert await work.workspaces.find("nobody") is None
        with pytest.raises(WorkspaceNotFound):
            await work.workspaces.get(WorkspaceId(999))


async def test_saving_changes_name_time_zone_and_first_weekday(store: OpenStore) -> None:
    async with store.begin() as work:
        workspace = await work.workspaces.get(WorkspaceId(1))
        changed = workspace.changed(name="Vertrieb – 😀", time_zone="Europe/Berlin", first_weekday=Weekday.SATURDAY)  # noqa: RUF001
        await work.workspaces.save(changed)
        assert await work.workspaces.get(WorkspaceId(1)) == changed
        await work.commit()
    async with store.begin() as work:
        assert await work.workspaces.find("default") == changed


async def test_a_change_without_commit_never_happened(store: OpenStore) -> None:
    async with store.begin() as work:
        before = await work.workspaces.get(WorkspaceId(1))
        await work.workspaces.save(replace(before, name="Something else"))
    async with store.begin() as work:
        assert await work.workspaces.get(WorkspaceId(1)) == before


async def test_no_change_made_at_the_same_time_is_lost(store: OpenStore) -> None:
    """Each adds a letter to the name it read: `get` locks, so each reads what the one before wrote."""
    twin = await store.twin()

    async def add_a_letter(each: OpenStore) -> None:
        async with each.begin() as work:
            workspace = await work.workspaces.get(WorkspaceId(1))
            await asyncio.sleep(0.005)
            await work.workspaces.save(workspace.changed(name=workspace.name + "x"))
            await work.commit()

    await asyncio.gather(*(add_a_letter(each) for each in [store, twin] * 5))
    async with store.begin() as work:
        assert (await work.workspaces.get(WorkspaceId(1))).name == "Default" + "x" * 10
