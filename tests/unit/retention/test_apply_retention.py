"""Applying retention: over each workspace with a term, on record, and loud when it fails."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from shadower.application.apply_retention import ApplyRetention, RetentionProgress, RetentionUnfinished
from shadower.application.ports.retention import EventRemoval, Reach, Step
from shadower.application.ports.snapshot import Place
from shadower.application.report_health import Condition
from shadower.application.retention_walk import LARGEST_STEP
from shadower.domain.errors import StoreUnavailable
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.events.moments import DAY, HOUR
from shadower.domain.retention.run import SILENCE, RetentionRun, RunId, RunState
from shadower.domain.retention.term import Term
from shadower.domain.workspaces.workspace import Workspace, WorkspaceNotFound
from shadower.entrypoints.container import Container
from shadower.testing import NOW, HandClock, a_batch, an_event, memory_container
from tests.stores import arrived


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def container(clock: HandClock) -> AsyncIterator[Container]:
    async with memory_container(clock) as container:
        yield container


async def workspace_with(container: Container, name: str, days: int | None, ages: Sequence[int] = ()) -> Workspace:
    """Make a workspace with this term, and an event received each of so many days ago."""
    made = await container.create_workspace()(name)
    for age in ages:
        at = NOW - age * DAY
        await container.log().append([a_batch(an_event(occurred_at=at), workspace=made.id, received_at=at)])
    changed: Workspace = await container.change_workspace()(made.id, term=Term(days))
    return changed


async def events_of(container: Container, workspace: Workspace) -> int:
    async with container.snapshot()(workspace.id) as snapshot:
        return len(await arrived(snapshot, 1_000))


async def recorded(container: Container, workspace: Workspace) -> Sequence[RetentionRun]:
    return (await container.list_retention_runs()(workspace.id, limit=100)).items


class Removal(EventRemoval):
    """Does as it is told, and otherwise as another does."""

    def __init__(self, real: EventRemoval, partitions: Sequence[str] | None = None) -> None:
        self._real = real
        self._partitions = partitions
        self.faults: dict[WorkspaceId, Exception] = {}
        self.dropped_before: list[int] = []
        self.waiting: frozenset[str] = frozenset()
        self.hold: asyncio.Event | None = None
        self.readers: frozenset[str] = frozenset()

    async def count(self, reach: Reach, after: Place | None = None) -> Step:
        return await self._real.count(reach, after)

    async def remove(self, run: RunId, reach: Reach, after: Place | None = None) -> Step:
        self.readers = reach.readers
        if self.hold is not None:
            self.hold.set()
            await asyncio.Event().wait()
        if reach.workspace in self.faults:
            raise self.faults[reach.workspace]
        if self.waiting:
            return Step(0, None, 3, self.waiting)
        return await self._real.remove(run, reach, after)

    async def drop_partitions(self, before: int) -> Sequence[str] | None:
        self.dropped_before.append(before)
        if 0 in self.faults:
            raise self.faults[WorkspaceId(0)]
        return self._partitions


def through(container: Container, partitions: Sequence[str] | None = None) -> tuple[Removal, ApplyRetention]:
    removal = Removal(container.removal(), partitions)
    return removal, ApplyRetention(container.begin(), removal, container.clock(), container.registered_projections())


async def test_what_was_received_before_the_term_goes_and_nothing_else(container: Container) -> None:
    short = await workspace_with(container, "short", 7, [0, 3, 6, 8, 20])
    long = await workspace_with(container, "long", 30, [0, 8, 20, 40])
    forever = await workspace_with(container, "forever", None, [0, 400])
    runs = await container.apply_retention()()
    assert [(run.workspace, run.before, run.due, run.removed, run.state) for run in runs] == [
        (long.id, NOW - 30 * DAY, 1, 1, RunState.SUCCEEDED),
        (short.id, NOW - 7 * DAY, 2, 2, RunState.SUCCEEDED),
    ]
    assert [await events_of(container, each) for each in (short, long, forever)] == [3, 3, 2]


async def test_each_run_is_on_record_as_it_ended(container: Container) -> None:
    workspace = await workspace_with(container, "sales", 7, [8, 9])
    await container.apply_retention()()
    (run,) = await recorded(container, workspace)
    assert (run.due, run.removed, run.state, run.dry_run, run.finished_at) == (2, 2, RunState.SUCCEEDED, False, NOW)
    await container.apply_retention()()
    assert [(run.due, run.removed) for run in await recorded(container, workspace)] == [(0, 0), (2, 2)]


async def test_a_dry_run_counts_and_is_on_record_as_one(container: Container) -> None:
    workspace = await workspace_with(container, "sales", 7, [1, 8, 9])
    (run,) = await container.apply_retention()(dry_run=True)
    assert (run.due, run.removed, run.state, run.dry_run) == (2, 0, RunState.SUCCEEDED, True)
    assert await recorded(container, workspace) == [run]
    assert await events_of(container, workspace) == 3
    async with container.begin()() as work:
        assert await work.retention.latest() == []


async def test_one_workspace_alone(container: Container) -> None:
    sales = await workspace_with(container, "sales", 7, [8])
    support = await workspace_with(container, "support", 7, [8])
    removal, apply = through(container, ["events_20260105"])
    assert [run.workspace for run in await apply("sales")] == [sales.id]
    assert await events_of(container, support) == 1
    assert removal.dropped_before == []
    with pytest.raises(WorkspaceNotFound):
        await apply("nobody")


async def test_it_tells_how_far_it_is(container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = await workspace_with(container, "sales", 7, [8, 9, 10, 11, 12])
    monkeypatch.setattr("shadower.application.retention_walk.LARGEST_STEP", 2)
    told: list[RetentionProgress] = []
    await container.apply_retention()(tell=told.append)
    assert [(one.workspace.id, one.done, one.total) for one in told] == [
        (workspace.id, done, 5) for done in (0, 2, 4, 5)
    ]
    assert LARGEST_STEP > 2


async def test_what_goes_wrong_over_one_workspace_does_not_stop_the_others(container: Container) -> None:
    broken = await workspace_with(container, "broken", 7, [8])
    fine = await workspace_with(container, "fine", 7, [8])
    removal, apply = through(container)
    removal.faults[broken.id] = StoreUnavailable("The disk is full.")
    with pytest.raises(RetentionUnfinished, match=r"1 of 2 runs: The disk is full\.") as raised:
        await apply()
    assert raised.value.__cause__ is removal.faults[broken.id]
    assert [await events_of(container, each) for each in (broken, fine)] == [1, 0]
    (run,) = await recorded(container, broken)
    assert (run.state, run.due, run.removed, run.detail) == (RunState.FAILED, 1, 0, "The disk is full.")
    del removal.faults[broken.id]
    await apply()
    assert await events_of(container, broken) == 0


async def test_a_fault_of_our_own_is_on_record_without_what_it_says(container: Container) -> None:
    workspace = await workspace_with(container, "sales", 7, [8])
    removal, apply = through(container)
    removal.faults[workspace.id] = KeyError("SELECT secret")
    with pytest.raises(RetentionUnfinished):
        await apply()
    (run,) = await recorded(container, workspace)
    assert run.detail == "An unexpected fault (KeyError)."


async def test_events_that_a_projection_still_needs_hold_it_back_and_it_says_which(container: Container) -> None:
    workspace = await workspace_with(container, "sales", 7, [8])
    removal, apply = through(container)
    removal.waiting = frozenset({"rollups", "bus-relay"})
    (run,) = await apply()
    assert removal.readers == set(container.registered_projections().names)
    assert run.state is RunState.HELD_BACK
    assert run.detail == "3 events stay until they are taken in by bus-relay, rollups."
    assert await recorded(container, workspace) == [run]


async def test_events_wait_for_a_group_outside_and_the_run_says_so(container: Container) -> None:
    await workspace_with(container, "sales", 7, [8, 9])
    async with container.begin()() as work:
        await work.bus_groups.join("billing", Position(1), NOW, outside=True)
        await work.bus_groups.join("abandoned", Position(0), NOW)
        await work.commit()
    (run,) = await container.apply_retention()()
    assert (run.state, run.removed) == (RunState.HELD_BACK, 1)
    assert run.detail == "1 events stay until they are taken in by group billing."


async def test_a_run_that_is_cancelled_says_so(container: Container) -> None:
    workspace = await workspace_with(container, "sales", 7, [8])
    removal, apply = through(container)
    removal.hold = asyncio.Event()
    running = asyncio.create_task(apply())
    await removal.hold.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    (run,) = await recorded(container, workspace)
    assert run.state is RunState.INTERRUPTED


async def test_a_run_whose_process_died_is_found_by_the_next(container: Container, clock: HandClock) -> None:
    workspace = await workspace_with(container, "sales", 7)
    async with container.begin()() as work:
        await work.retention.begin(workspace.id, NOW, NOW, dry_run=False)
        await work.commit()
    await container.apply_retention()()
    assert [run.state for run in await recorded(container, workspace)] == [RunState.SUCCEEDED, RunState.RUNNING]
    clock.move(SILENCE + 1)
    await container.apply_retention()()
    states = [run.state for run in await recorded(container, workspace)]
    assert states == [RunState.SUCCEEDED, RunState.SUCCEEDED, RunState.INTERRUPTED]


async def test_partitions_go_once_the_longest_term_has_passed(container: Container) -> None:
    await workspace_with(container, "short", 7)
    await workspace_with(container, "long", 30)
    await workspace_with(container, "forever", None)
    removal, apply = through(container, ["events_20251201", "events_20251208"])
    *_, run = await apply()
    assert removal.dropped_before == [NOW - 30 * DAY]
    assert (run.workspace, run.removed, run.detail) == (None, 2, "events_20251201, events_20251208")
    async with container.begin()() as work:
        assert await work.retention.list(None, 10) == [run]


async def test_partitions_that_cannot_be_dropped_are_an_alarm(container: Container) -> None:
    await workspace_with(container, "sales", 7)
    removal, apply = through(container, [])
    removal.faults[WorkspaceId(0)] = StoreUnavailable("The database broke off.")
    with pytest.raises(RetentionUnfinished, match="broke off"):
        await apply()
    assert (await container.report_health()()).retention_alarms == 1
    removal.faults.clear()
    await apply()
    assert (await container.report_health()()).retention_alarms == 0


async def test_without_any_term_nothing_is_done(container: Container) -> None:
    removal, apply = through(container, ["events_20251201"])
    assert await apply() == []
    assert removal.dropped_before == []


async def test_health_is_degraded_while_the_last_run_failed_or_the_next_is_overdue(
    container: Container, clock: HandClock
) -> None:
    workspace = await workspace_with(container, "sales", 7, [8])
    health = container.report_health()
    assert (await health()).condition is Condition.OK
    removal, apply = through(container)
    removal.faults[workspace.id] = StoreUnavailable("The disk is full.")
    with pytest.raises(RetentionUnfinished):
        await apply()
    told = await health()
    assert (told.condition, told.retention_alarms) == (Condition.DEGRADED, 1)
    assert (await container.read_retention()(workspace.id)).alarm
    removal.faults.clear()
    await apply()
    assert (await health()).condition is Condition.OK
    assert not (await container.read_retention()(workspace.id)).alarm
    clock.move(2 * DAY + HOUR)
    assert (await health()).condition is Condition.DEGRADED
    await container.change_workspace()(workspace.id, term=Term(None))
    assert (await health()).condition is Condition.OK


async def test_how_retention_stands_is_told(container: Container) -> None:
    workspace = await workspace_with(container, "sales", 7, [1, 8, 9])
    before = await container.read_retention()(workspace.id)
    assert (before.workspace, before.removed, before.latest, before.alarm) == (workspace, None, None, False)
    (run,) = await container.apply_retention()()
    after = await container.read_retention()(workspace.id)
    assert after.latest == run
    assert after.removed is not None
    assert (after.removed.events, after.removed.received_before) == (2, NOW - 7 * DAY)
