"""The record of retention: each run, as it stands."""

import pytest

from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import DAY, MINUTE
from shadower.domain.retention.run import RUNS_KEPT, RetentionRun, RunId, RunState
from shadower.domain.retention.term import FOREVER, Term
from shadower.testing import NOW
from tests.stores import OpenStore

WORKSPACE = WorkspaceId(1)
CUTOFF = NOW - 30 * DAY


async def begun(
    store: OpenStore, workspace: WorkspaceId | None = WORKSPACE, at: int = NOW, *, dry_run: bool = False
) -> RetentionRun:
    async with store.begin() as work:
        run = await work.retention.begin(workspace, CUTOFF, at, dry_run=dry_run)
        await work.commit()
    return run


async def saved(store: OpenStore, run: RetentionRun) -> RetentionRun:
    async with store.begin() as work:
        await work.retention.save(run)
        await work.commit()
    return run


async def listed(store: OpenStore, workspace: WorkspaceId | None = WORKSPACE) -> list[RetentionRun]:
    async with store.begin(reading=True) as work:
        return list(await work.retention.list(workspace, 100))


async def test_a_run_begins_with_a_number_and_nothing_done(store: OpenStore) -> None:
    run = await begun(store)
    assert run == RetentionRun(run.id, WORKSPACE, CUTOFF, dry_run=False, started_at=NOW, touched_at=NOW)
    assert run.state is RunState.RUNNING
    assert await listed(store) == [run]


async def test_a_run_is_kept_as_it_ended(store: OpenStore) -> None:
    run = await begun(store, dry_run=True)
    counted = await saved(store, run.counted(17, NOW + MINUTE))
    assert await listed(store) == [counted]
    ended = await saved(store, counted.finished(RunState.FAILED, NOW + 2 * MINUTE, removed=3, detail="Out of room."))
    assert await listed(store) == [ended]
    assert (ended.due, ended.removed, ended.detail, ended.finished_at) == (17, 3, "Out of room.", NOW + 2 * MINUTE)


async def test_a_run_left_without_commit_never_began(store: OpenStore) -> None:
    async with store.begin() as work:
        await work.retention.begin(WORKSPACE, CUTOFF, NOW, dry_run=False)
    run = await begun(store)
    async with store.begin() as work:
        await work.retention.save(run.finished(RunState.FAILED, NOW, removed=0))
    assert await listed(store) == [run]


async def test_runs_are_listed_newest_first_each_workspace_for_itself(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    runs = [await begun(store) for _ in range(3)]
    other, of_the_store = await begun(store, elsewhere), await begun(store, None)
    assert await listed(store) == runs[::-1]
    assert await listed(store, elsewhere) == [other]
    assert await listed(store, None) == [of_the_store]
    async with store.begin(reading=True) as work:
        assert await work.retention.list(WORKSPACE, 1) == [runs[2]]
        assert await work.retention.list(WORKSPACE, 1, before=runs[2].id) == [runs[1]]
        assert await work.retention.list(WORKSPACE, 9, before=RunId(runs[0].id)) == []


async def test_those_that_have_not_ended_are_found(store: OpenStore) -> None:
    first, second, third = await begun(store), await begun(store, None), await begun(store)
    await saved(store, second.finished(RunState.SUCCEEDED, NOW, removed=0))
    async with store.begin(reading=True) as work:
        assert await work.retention.unfinished() == [first, third]


async def test_the_newest_run_of_each_that_was_more_than_a_dry_one(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    await begun(store)
    of_the_store, newest, only_dry = await begun(store, None), await begun(store), await begun(store, dry_run=True)
    await begun(store, elsewhere, dry_run=True)
    async with store.begin(reading=True) as work:
        assert await work.retention.latest() == [of_the_store, newest]
    assert only_dry in await listed(store)


async def test_old_runs_are_forgotten_in_the_regular_upkeep(store: OpenStore) -> None:
    await begun(store, at=NOW - 1)
    kept = await begun(store, at=NOW)
    store.clock.move(RUNS_KEPT)
    await store.store.keep()
    assert await listed(store) == [kept]


@pytest.mark.parametrize("days", [None, 1, 36_500])
async def test_a_workspace_keeps_its_term(store: OpenStore, days: int | None) -> None:
    async with store.begin() as work:
        workspace = await work.workspaces.get(WORKSPACE)
        assert workspace.term == FOREVER
        await work.workspaces.save(workspace.changed(term=Term(days)))
        await work.commit()
    async with store.begin(reading=True) as work:
        assert (await work.workspaces.get(WORKSPACE)).term == Term(days)
        assert (await work.workspaces.find("default")) == workspace.changed(term=Term(days))
