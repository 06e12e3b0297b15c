"""Make a job for every slot that has come."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from shadower.application.enqueue_job import EnqueueJob, JobOrder
from shadower.application.ports.clock import Clock
from shadower.application.ports.cron import Cron
from shadower.application.ports.report import Report
from shadower.application.ports.schedules import Slot, Whose
from shadower.application.ports.work import BeginWork, Work
from shadower.domain.errors import Unavailable
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import MINUTE, rfc3339
from shadower.domain.jobs.job import Job
from shadower.domain.metrics.zones import time_zone
from shadower.domain.schedules.schedule import Missed, Schedule
from shadower.domain.workspaces.workspace import Workspace

FARTHEST: Final = MINUTE
"""Micros after which to look again at the latest: a workspace may be new, or have another time zone."""
MOST_AT_ONCE: Final = 100
"""Jobs made in one unit of work for a schedule that makes up for all it missed; the rest follow in the next."""

UTC: Final = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Turn:
    """A schedule by the clock it goes by."""

    schedule: Schedule
    workspace: WorkspaceId | None
    zone: ZoneInfo

    @property
    def whose(self) -> Whose:
        """What the store knows it by."""
        return self.schedule.name, self.workspace


class RunDueSchedules:
    """
    A slot is a row written together with the job it makes, and schedules are decided one at a time.

    So two schedulers, a clock that is off, or a crash at any moment give one job per slot. A schedule begins with the
    first look at it: what lies before is no slot of it.
    """

    def __init__(
        self, begin: BeginWork, schedules: Sequence[Schedule], cron: Cron, enqueue: EnqueueJob, clock: Clock
    ) -> None:
        self._begin = begin
        self._schedules = schedules
        self._enqueue = enqueue
        self._clock = clock
        self._after = lru_cache(maxsize=10_000)(cron.after)

    async def __call__(self, report: Report) -> int:
        """
        Make the jobs that are due and return when to look again (micros).

        `report` is told of a schedule that cannot be run; the others are. Raises StoreUnavailable.
        """
        now = self._clock.now()
        async with self._begin(reading=True) as work:
            marks = await work.schedules.marks()
            workspaces = await work.workspaces.all()
        soonest = now + FARTHEST
        for turn in turns(self._schedules, workspaces):
            try:
                soonest = min(soonest, await self._look(turn, marks.get(turn.whose), now))
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 - reported; one schedule must not keep the others from running
                error.add_note(f"In the schedule {turn.schedule.name}.")
                report(error)
        return soonest

    async def _look(self, turn: Turn, mark: int | None, now: int) -> int:
        """Return the next slot; it may lie in the past, when there is more to make up for."""
        if mark is None:
            mark = await self._begin_with(turn, now)
        following = self._after(turn.schedule.cron, turn.zone, mark)
        if following > now:
            return following
        slots = await asyncio.to_thread(self._come, turn, mark, now)
        await self._run(turn, mark, slots, now)
        return self._after(turn.schedule.cron, turn.zone, slots[-1])

    async def _begin_with(self, turn: Turn, now: int) -> int:
        async with self._begin() as work:
            mark = await work.schedules.lock(turn.whose, now)
            await work.commit()
        return mark

    def _come(self, turn: Turn, mark: int, now: int) -> Sequence[int]:
        most = MOST_AT_ONCE if turn.schedule.missed is Missed.ALL else None
        slots = [self._after(turn.schedule.cron, turn.zone, mark)]
        while len(slots) != most and (following := self._after(turn.schedule.cron, turn.zone, slots[-1])) <= now:
            slots.append(following)
        return slots

    async def _run(self, turn: Turn, mark: int, slots: Sequence[int], now: int) -> None:
        async with self._begin() as work:
            if await work.schedules.lock(turn.whose, now) != mark:
                return  # another scheduler was faster
            taken = await work.schedules.taken(turn.whose, slots[0])
            due = [slot for slot in turn.schedule.to_run(slots, now) if slot not in taken]
            jobs = [await self._make(work, turn, slot) for slot in due]
            await work.schedules.move(turn.whose, slots[-1])
            await work.commit()
        for job in jobs:
            await self._enqueue.nudge(job)

    async def _make(self, work: Work, turn: Turn, slot: int) -> Job:
        job, _ = await self._enqueue.put(work, order_of(turn, slot))
        await work.schedules.add(Slot(turn.schedule.name, turn.workspace, slot, job.id))
        return job


def order_of(turn: Turn, slot: int | None) -> JobOrder:
    """Return the order for a slot; None for a run out of turn."""
    schedule = turn.schedule
    return JobOrder(
        kind=schedule.kind,
        workspace=turn.workspace,
        payload=dict(schedule.payload) | ({} if slot is None else {"slot": rfc3339(slot)}),
        priority=schedule.priority,
        correlation_id=f"schedule:{schedule.name}",
        idempotency_key=None if slot is None else f"schedule:{schedule.name}:{slot}",
    )


def turns(schedules: Sequence[Schedule], workspaces: Sequence[Workspace]) -> Iterator[Turn]:
    """Yield each schedule by each clock it goes by."""
    for schedule in schedules:
        if schedule.each_workspace:
            yield from (Turn(schedule, each.id, time_zone(each.time_zone)) for each in workspaces)
        else:
            yield Turn(schedule, None, UTC)
