"""Recount the rollups."""

from typing import ClassVar

from shadower.application.ports.store import Rollups
from shadower.application.ports.task import JobContext, Payload, Task
from shadower.application.tasks.rebuild_rollups import AS_LONG_AS_THE_LOG
from shadower.domain.jobs.job import Limits, Queue


class VerifyRollups(Task):
    """
    From the events, and compare.

    It says how many differences there are and not which: they may be another workspace's. `shadower verify` lists them.
    """

    kind: ClassVar[str] = "rollups.verify"
    title: ClassVar[str] = "Verify the rollups"
    queue: ClassVar[Queue] = Queue.AGGREGATION
    limits: ClassVar[Limits] = AS_LONG_AS_THE_LOG
    on_request: ClassVar[bool] = True

    def __init__(self, rollups: Rollups) -> None:
        self._rollups = rollups

    async def __call__(self, payload: Payload, context: JobContext) -> Payload:  # noqa: ARG002 - it takes none
        """Return how many differences there are: none."""
        differences = 0
        async for step in self._rollups.verify():
            differences += len(step.differences)
            context.progress(step.done, step.total, "days")
        return {"differences": differences}
