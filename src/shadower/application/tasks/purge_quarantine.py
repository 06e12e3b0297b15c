"""Drop all refused events."""

from collections.abc import Sequence
from typing import ClassVar, Final

from shadower.application.ports.task import JobContext, Payload, Task
from shadower.application.ports.work import BeginWork
from shadower.application.tasks.quarantined import check_code, open_entries
from shadower.domain.events.event import WorkspaceId
from shadower.domain.jobs.job import Queue
from shadower.domain.quarantine.entry import EntryId, QuarantineEntryNotFound

_AT_ONCE: Final = 200


class PurgeQuarantine(Task):
    """For good: those that are open when it begins, with one code, or all."""

    kind: ClassVar[str] = "quarantine.purge"
    title: ClassVar[str] = "Delete refused events"
    queue: ClassVar[Queue] = Queue.AGGREGATION
    on_request: ClassVar[bool] = True

    def __init__(self, begin: BeginWork) -> None:
        self._begin = begin

    def check(self, payload: Payload) -> None:
        check_code(self.kind, payload)

    async def __call__(self, payload: Payload, context: JobContext) -> Payload:
        """Return how many were dropped."""
        entries = await open_entries(self._begin, context.workspace, payload.get("code"))
        dropped = 0
        for start in range(0, len(entries), _AT_ONCE):
            context.progress(start, len(entries), "events")
            dropped += await self._drop(context.workspace, entries[start : start + _AT_ONCE])
        context.progress(len(entries), len(entries), "events")
        return {"dropped": dropped}

    async def _drop(self, workspace: WorkspaceId, entries: Sequence[EntryId]) -> int:
        dropped = 0
        async with self._begin() as work:
            for entry in entries:
                try:
                    await work.quarantine.remove(workspace, entry)
                    dropped += 1
                except QuarantineEntryNotFound:  # somebody else has dropped it
                    continue
            await work.commit()
        return dropped
