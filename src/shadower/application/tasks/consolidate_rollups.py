"""Add up days, weeks and months that are over."""

from typing import ClassVar, Final

from shadower.application.ports.store import Rollups
from shadower.application.ports.task import JobContext, Payload, Task
from shadower.domain.jobs.job import Queue

_SPANS_AT_A_TIME: Final = 5


class ConsolidateRollups(Task):
    """Beforehand, a few at a time, so that long questions read few rows. Answers are the same before and after."""

    kind: ClassVar[str] = "rollups.consolidate"
    title: ClassVar[str] = "Consolidate the rollups"
    queue: ClassVar[Queue] = Queue.AGGREGATION
    on_request: ClassVar[bool] = True

    def __init__(self, rollups: Rollups) -> None:
        self._rollups = rollups

    async def __call__(self, payload: Payload, context: JobContext) -> Payload:  # noqa: ARG002 - it takes none
        """Return how many spans were added up."""
        spans = 0
        while done := await self._rollups.consolidate(_SPANS_AT_A_TIME):
            spans += done
            context.progress(spans, note="spans")
        return {"spans": spans}
