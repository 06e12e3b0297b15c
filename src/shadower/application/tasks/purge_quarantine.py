"""Drop all refused events."""

from typing import ClassVar

from shadower.application.drop_quarantined import DropQuarantined
from shadower.application.ports.task import JobContext, Payload, Task
from shadower.application.ports.work import BeginWork
from shadower.application.tasks.quarantined import check_code, open_entries
from shadower.domain.jobs.job import Queue
from shadower.domain.quarantine.entry import QuarantineEntryNotFound


class PurgeQuarantine(Task):
    """For good: those that are open when it begins, with one code, or all."""

    kind: ClassVar[str] = "quarantine.purge"
    title: ClassVar[str] = "Delete refused events"
    queue: ClassVar[Queue] = Queue.AGGREGATION
    on_request: ClassVar[bool] = True

    def __init__(self, begin: BeginWork, drop: DropQuarantined) -> None:
        self._begin = begin
        self._drop = drop

    def check(self, payload: Payload) -> None:
        check_code(self.kind, payload)

    async def __call__(self, payload: Payload, context: JobContext) -> Payload:
        """Return how many were dropped."""
        entries = await open_entries(self._begin, context.workspace, payload.get("code"))
        dropped = 0
        for done, entry in enumerate(entries):
            context.progress(done, len(entries), "events")
            try:
                await self._drop(context.workspace, entry)
                dropped += 1
            except QuarantineEntryNotFound:  # somebody else has dropped it
                continue
        context.progress(len(entries), len(entries), "events")
        return {"dropped": dropped}
