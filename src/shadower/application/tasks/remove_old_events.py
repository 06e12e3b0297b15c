"""Remove the events whose term has passed."""

from typing import ClassVar

from shadower.application.apply_retention import ApplyRetention, RetentionProgress
from shadower.application.ports.task import JobContext, Payload, Task
from shadower.application.tasks.rebuild_rollups import AS_LONG_AS_THE_LOG
from shadower.domain.jobs.job import Limits, Queue


class RemoveOldEvents(Task):
    """
    Of every workspace that has a term; each run is on record beside.

    It tells how many and not whose: everybody who administers a workspace sees the system's jobs.
    """

    kind: ClassVar[str] = "retention.apply"
    title: ClassVar[str] = "Remove old events"
    queue: ClassVar[Queue] = Queue.AGGREGATION
    limits: ClassVar[Limits] = AS_LONG_AS_THE_LOG

    def __init__(self, apply_retention: ApplyRetention) -> None:
        self._apply = apply_retention

    async def __call__(self, payload: Payload, context: JobContext) -> Payload:  # noqa: ARG002 - it takes none
        """Return how many events are gone. Raises RetentionUnfinished."""

        def tell(progress: RetentionProgress) -> None:
            context.progress(progress.done, progress.total, "events")

        runs = await self._apply(tell=tell)
        return {"removed": sum(run.removed for run in runs if run.workspace is not None)}
