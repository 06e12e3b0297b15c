"""Running schedules, over every store: one job for each slot, whoever looks, whenever, and however often."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from shadower.adapters.cronsim.cron import CronsimCron
from shadower.application.ports.jobs import JobCriteria
from shadower.application.ports.schedules import Slot
from shadower.application.ports.task import JobContext, Payload
from shadower.application.run_due_schedules import FARTHEST, MOST_AT_ONCE, RunDueSchedules
from shadower.domain.errors import StoreUnavailable
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import DAY, HOUR, MINUTE, SECOND, micros_of, parse_moment, rfc3339
from shadower.domain.jobs.job import Job, JobId, JobState, Priority
from shadower.domain.schedules.schedule import Missed, Schedule
from shadower.domain.workspaces.workspace import Weekday
from shadower.testing import NOW, HandClock
from tests.jobs_at_work import Doing, Workshop
from tests.stores import OpenStore

WORKSPACE = WorkspaceId(1)
QUARTERLY = Schedule("quarterly", "*/15 * * * *", Doing.kind)
"""NOW is on the half hour."""


@dataclass
class Scheduler:
    """One process that looks at schedules."""

    store: OpenStore
    schedules: Sequence[Schedule]
    clock: HandClock
    shop: Workshop
    reported: list[Exception] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._run = RunDueSchedules(self.store.begin, self.schedules, CronsimCron(), self.shop.enqueue, self.clock)

    async def look(self) -> int:
        """Return the seconds until it wants to look again."""
        return (await self._run(self.reported.append) - self.clock.now()) // SECOND

    async def made(self, workspace: WorkspaceId = WORKSPACE) -> list[str]:
        """Return the slots that have a job, in the order in which the jobs were made."""
        return [slot_of(job) for job in await jobs(self.store, workspace)]


async def nothing(_payload: Payload, _context: JobContext) -> None:
    """Do nothing."""


def scheduler(store: OpenStore, *schedules: Schedule, ahead: int = 0) -> Scheduler:
    """Return one whose clock is ahead of the store's by so much, and follows it no more."""
    clock = store.clock if not ahead else HandClock(store.clock.now() + ahead)
    return Scheduler(store, schedules, clock, Workshop(store, [Doing(nothing)]))


async def jobs(store: OpenStore, workspace: WorkspaceId) -> list[Job]:
    async with store.begin(reading=True) as work:
        found = await work.jobs.list(JobCriteria(workspace, system_too=True), 1_000)
    return list(reversed(found))


def slot_of(job: Job) -> str:
    return str(json.loads(job.payload)["slot"])


def after(*spans: int) -> list[str]:
    return [rfc3339(NOW + span) for span in spans]


async def test_nothing_before_the_first_look_is_a_slot(store: OpenStore) -> None:
    one = scheduler(store, QUARTERLY)
    assert await one.look() == FARTHEST // SECOND
    assert await one.made() == []
    store.clock.move(14 * MINUTE)
    assert await one.look() == 60
    assert await one.made() == []


async def test_a_slot_that_comes_makes_one_job_of_the_system(store: OpenStore) -> None:
    one = scheduler(
        store, Schedule("quarterly", "*/15 * * * *", Doing.kind, payload={"what": "all"}, priority=Priority.LOW)
    )
    await one.look()
    store.clock.move(15 * MINUTE)
    for _ in range(3):
        await one.look()
    (job,) = await jobs(store, WORKSPACE)
    assert json.loads(job.payload) == {"what": "all", "slot": rfc3339(NOW + 15 * MINUTE)}
    assert (job.workspace, job.priority, job.correlation_id) == (None, Priority.LOW, "schedule:quarterly")
    assert await one.shop.queue.run() == 1
    assert (await one.shop.read(job.id)).state is JobState.SUCCEEDED
    async with store.begin(reading=True) as work:
        (slot,) = await work.schedules.latest(WORKSPACE)
    assert (slot.schedule, slot.at, slot.job) == ("quarterly", NOW + 15 * MINUTE, job.id)


@pytest.mark.parametrize(
    ("missed", "run"),
    [
        (Missed.SKIP, []),
        (Missed.LAST, after(HOUR)),
        (Missed.ALL, after(15 * MINUTE, 30 * MINUTE, 45 * MINUTE, HOUR)),
    ],
)
async def test_slots_that_were_missed_follow_the_policy(store: OpenStore, missed: Missed, run: list[str]) -> None:
    one = scheduler(store, Schedule("quarterly", "*/15 * * * *", Doing.kind, missed))
    await one.look()
    store.clock.move(HOUR + 5 * MINUTE)
    await one.look()
    assert await one.made() == run
    store.clock.move(10 * MINUTE)
    await one.look()
    assert await one.made() == [*run, *after(HOUR + 15 * MINUTE)]


@pytest.mark.parametrize("missed", Missed)
async def test_a_slot_found_a_little_late_is_not_a_missed_one(store: OpenStore, missed: Missed) -> None:
    one = scheduler(store, Schedule("quarterly", "*/15 * * * *", Doing.kind, missed))
    await one.look()
    store.clock.move(15 * MINUTE + 40 * SECOND)
    await one.look()
    assert await one.made() == after(15 * MINUTE)


async def test_a_long_absence_is_made_up_for_in_several_looks_at_once(store: OpenStore) -> None:
    one = scheduler(store, Schedule("minutely", "* * * * *", Doing.kind, Missed.ALL))
    await one.look()
    store.clock.move((2 * MOST_AT_ONCE + 1) * MINUTE)
    assert await one.look() <= 0
    assert len(await one.made()) == MOST_AT_ONCE
    while await one.look() <= 0:
        pass
    assert await one.made() == after(*(minute * MINUTE for minute in range(1, 2 * MOST_AT_ONCE + 2)))


async def test_schedulers_that_look_at_once_make_one_job_per_slot(store: OpenStore) -> None:
    twin = await store.twin()
    several = [scheduler(each, Schedule("q", "*/15 * * * *", Doing.kind, Missed.ALL)) for each in (store, twin) * 3]
    await asyncio.gather(*(one.look() for one in several))
    store.clock.move(HOUR)
    for _ in range(2):
        await asyncio.gather(*(one.look() for one in several))
    assert await several[0].made() == after(15 * MINUTE, 30 * MINUTE, 45 * MINUTE, HOUR)
    assert [one.reported for one in several] == [[]] * 6


@pytest.mark.parametrize("missed", Missed)
async def test_schedulers_whose_clocks_are_apart_make_one_job_per_slot(store: OpenStore, missed: Missed) -> None:
    schedule = Schedule("quarterly", "*/15 * * * *", Doing.kind, missed)
    right, fast = scheduler(store, schedule), scheduler(store, schedule, ahead=3 * SECOND)
    await right.look()
    for _ in range(60 * 45):
        store.clock.move(SECOND)
        fast.clock.move(SECOND)
        if store.clock.now() % MINUTE in {57 * SECOND, 58 * SECOND, 0, 2 * SECOND}:
            await fast.look()
            await right.look()
    assert await right.made() == after(15 * MINUTE, 30 * MINUTE, 45 * MINUTE)


async def test_one_that_lags_never_runs_a_slot_before_one_that_was_run(store: OpenStore) -> None:
    """Of several slots missed, the last is run; a scheduler that has not got to it yet must not run one before it."""
    right, fast = scheduler(store, QUARTERLY), scheduler(store, QUARTERLY, ahead=3 * SECOND)
    await right.look()
    for clock in (store.clock, fast.clock):
        clock.move(30 * MINUTE - 2 * SECOND)
    await fast.look()
    await right.look()
    assert await right.made() == after(30 * MINUTE)


async def test_a_clock_that_is_set_back_repeats_nothing(store: OpenStore) -> None:
    one = scheduler(store, QUARTERLY)
    await one.look()
    store.clock.move(15 * MINUTE)
    await one.look()
    store.clock.move(-10 * MINUTE)
    await one.look()
    store.clock.move(10 * MINUTE)
    await one.look()
    assert await one.made() == after(15 * MINUTE)


async def test_a_crash_before_the_commit_leaves_the_slot_to_the_next_look(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = scheduler(store, QUARTERLY)
    await one.look()
    store.clock.move(15 * MINUTE)

    async def crash(*_: object) -> None:
        raise StoreUnavailable("The power went.")

    with monkeypatch.context() as patched:
        async with store.begin(reading=True) as work:
            patched.setattr(type(work.schedules), "move", crash)
        with pytest.raises(StoreUnavailable):
            await one.look()
    assert await one.made() == []
    await one.look()
    assert await one.made() == after(15 * MINUTE)


async def test_a_crash_before_the_nudge_leaves_the_job_to_the_sweeper(store: OpenStore) -> None:
    one = scheduler(store, QUARTERLY)
    await one.look()
    store.clock.move(15 * MINUTE)
    await one.look()
    one.shop.queue.nudged.clear()
    store.clock.move(MINUTE)
    await one.shop.sweep()
    assert await one.shop.queue.run() == 1


async def test_a_slot_that_has_its_run_is_not_run_again_whatever_its_mark_says(store: OpenStore) -> None:
    one = scheduler(store, Schedule("quarterly", "*/15 * * * *", Doing.kind, Missed.ALL))
    await one.look()
    async with store.begin() as work:
        await work.schedules.add(Slot("quarterly", None, NOW + 15 * MINUTE, JobId(404)))
        await work.commit()
    store.clock.move(30 * MINUTE)
    await one.look()
    assert await one.made() == after(30 * MINUTE)
    assert one.reported == []


async def test_each_workspace_has_its_own_job_by_its_own_clock(store: OpenStore) -> None:
    async with store.begin() as work:
        for name, zone in (("berlin", "Europe/Berlin"), ("kathmandu", "Asia/Kathmandu")):
            await work.workspaces.add(name, name, zone, Weekday.MONDAY, NOW)
        await work.commit()
    nightly = Schedule("nightly", "0 2 * * *", Doing.kind, each_workspace=True)
    one = scheduler(store, nightly)
    await one.look()
    for _ in range(24 * 60):
        store.clock.move(MINUTE)
        await one.look()
    found = {job.workspace: slot_of(job) for number in (1, 2, 3) for job in await jobs(store, WorkspaceId(number))}
    assert found == {1: "2026-02-01T02:00:00Z", 2: "2026-02-01T01:00:00Z", 3: "2026-01-31T20:15:00Z"}


async def test_a_workspace_made_later_begins_with_the_first_look_at_it(store: OpenStore) -> None:
    one = scheduler(store, Schedule("nightly", "0 2 * * *", Doing.kind, Missed.ALL, each_workspace=True))
    await one.look()
    store.clock.move(7 * DAY)
    await one.look()
    elsewhere = await store.new_workspace("elsewhere")
    await one.look()
    store.clock.move(DAY)
    await one.look()
    assert len(await one.made()) == 8
    assert len(await one.made(elsewhere)) == 1


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("start", "slots"),
    [
        ("2026-03-28T12:00", ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]),
        ("2026-10-24T12:00", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
    ],
    ids=["skipped hour", "hour that comes twice"],
)
@pytest.mark.parametrize("missed", Missed)
async def test_on_the_day_the_clock_changes_a_slot_runs_once(
    store: OpenStore, start: str, slots: list[str], missed: Missed
) -> None:
    async with store.begin() as work:
        berlin = await work.workspaces.add("berlin", "Berlin", BERLIN.key, Weekday.MONDAY, NOW)
        await work.commit()
    store.clock.move(micros_of(datetime.fromisoformat(start).replace(tzinfo=BERLIN)) - NOW)
    one = scheduler(store, Schedule("nightly", "30 2 * * *", Doing.kind, missed, each_workspace=True))
    await one.look()
    for _ in range(2 * 24 * 2 - 4):
        store.clock.move(30 * MINUTE)
        await one.look()
    assert await one.made(berlin.id) == slots


async def test_a_new_time_zone_holds_from_the_next_look_on(store: OpenStore) -> None:
    one = scheduler(store, Schedule("nightly", "0 2 * * *", Doing.kind, each_workspace=True))
    await one.look()
    async with store.begin() as work:
        workspace = await work.workspaces.get(WORKSPACE)
        await work.workspaces.save(workspace.changed(time_zone="Asia/Kathmandu"))
        await work.commit()
    store.clock.move(parse_moment("2026-01-31T20:15:00Z") - NOW)
    await one.look()
    assert await one.made() == ["2026-01-31T20:15:00Z"]


async def test_a_schedule_that_cannot_be_run_is_reported_and_keeps_no_other_from_running(store: OpenStore) -> None:
    one = scheduler(
        store, Schedule("a-odd", "*/15 * * * *", "tests.unknown"), Schedule("b-bad", "x", Doing.kind), QUARTERLY
    )
    await one.look()
    store.clock.move(15 * MINUTE)
    await one.look()
    assert await one.made() == after(15 * MINUTE)
    assert {error.__notes__[0] for error in one.reported} == {"In the schedule a-odd.", "In the schedule b-bad."}
