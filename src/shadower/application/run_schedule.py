"""Run a schedule out of turn."""

from collections.abc import Sequence

from shadower.application.enqueue_job import EnqueueJob
from shadower.application.ports.work import BeginWork
from shadower.application.run_due_schedules import order_of, turns
from shadower.domain.jobs.job import Job
from shadower.domain.schedules.schedule import Schedule, ScheduleNotFound


class RunSchedule:
    """Its slots come and go as before. Raises ScheduleNotFound, StoreUnavailable."""

    def __init__(self, begin: BeginWork, schedules: Sequence[Schedule], enqueue: EnqueueJob) -> None:
        self._begin = begin
        self._schedules = schedules
        self._enqueue = enqueue

    async def __call__(self, name: str) -> Sequence[Job]:
        """Return the job it makes, or those for each workspace."""
        found = [schedule for schedule in self._schedules if schedule.name == name]
        if not found:
            names = ", ".join(sorted(schedule.name for schedule in self._schedules))
            raise ScheduleNotFound(f"There is no schedule {name!r}. There are {names}.")
        async with self._begin(reading=True) as work:
            workspaces = await work.workspaces.all()
        return [(await self._enqueue(order_of(turn, None)))[0] for turn in turns(found, workspaces)]
