"""List the schedules, with what they did last and will do next."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from shadower.application.ports.clock import Clock
from shadower.application.ports.cron import Cron
from shadower.application.ports.schedules import Slot
from shadower.application.ports.work import BeginWork, Work
from shadower.application.run_due_schedules import turns
from shadower.domain.events.event import WorkspaceId
from shadower.domain.jobs.errors import JobNotFound
from shadower.domain.jobs.job import Job
from shadower.domain.schedules.schedule import Schedule


@dataclass(frozen=True, slots=True)
class ScheduleStatus:
    """One schedule. Times in micros."""

    schedule: Schedule
    zone: ZoneInfo
    """Whose clock it goes by."""
    next_at: int
    last_at: int | None
    """Its latest slot that was run."""
    last_job: Job | None
    """Which that slot made; None also when it is no longer on record."""


class ListSchedules:
    """As they are for one workspace, by name. Raises WorkspaceNotFound, StoreUnavailable."""

    def __init__(self, begin: BeginWork, schedules: Sequence[Schedule], cron: Cron, clock: Clock) -> None:
        self._begin = begin
        self._schedules = schedules
        self._cron = cron
        self._clock = clock

    async def __call__(self, workspace: WorkspaceId) -> Sequence[ScheduleStatus]:
        """Return all."""
        now = self._clock.now()
        async with self._begin(reading=True) as work:
            here = await work.workspaces.get(workspace)
            last = {slot.schedule: slot for slot in await work.schedules.latest(workspace)}
            jobs = {name: await _job(work, slot) for name, slot in last.items()}
        found = [
            ScheduleStatus(
                turn.schedule,
                turn.zone,
                self._cron.after(turn.schedule.cron, turn.zone, now),
                last[turn.schedule.name].at if turn.schedule.name in last else None,
                jobs.get(turn.schedule.name),
            )
            for turn in turns(self._schedules, [here])
        ]
        return sorted(found, key=lambda status: status.schedule.name)


async def _job(work: Work, slot: Slot) -> Job | None:
    with suppress(JobNotFound):
        return await work.jobs.get(slot.job)
    return None
