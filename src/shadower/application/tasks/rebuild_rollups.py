"""Make the rollups anew."""

from typing import ClassVar, Final

from shadower.application.ports.store import Rollups
from shadower.application.ports.task import JobContext, Payload, Task
from shadower.domain.events.moments import HOUR
from shadower.domain.jobs.job import Limits, Queue

AS_LONG_AS_THE_LOG: Final = Limits(soft=12 * HOUR, hard=13 * HOUR)
"""For what reads every event there is."""


class RebuildRollups(Task):
    """From the events, while everything is answered from the old ones; the new ones take their place all at once."""

    kind: ClassVar[str] = "rollups.rebuild"
    title: ClassVar[str] = "Rebuild the rollups"
    queue: ClassVar[Queue] = Queue.AGGREGATION
    limits: ClassVar[Limits] = AS_LONG_AS_THE_LOG
    on_request: ClassVar[bool] = True

    def __init__(self, rollups: Rollups) -> None:
        self._rollups = rollups

    async def __call__(self, payload: Payload, context: JobContext) -> Payload:  # noqa: ARG002 - it takes none
        """Return how many events it took in. Raises RebuildOvertaken."""
        done = 0
        async for step in self._rollups.rebuild():
            done = step.done
            context.progress(step.done, step.total, "events")
        return {"events": done}
