"""Try all refused events again."""

from collections import Counter
from typing import ClassVar

from shadower.application.ports.task import JobContext, Payload, Task
from shadower.application.ports.work import BeginWork
from shadower.application.replay_quarantined import ReadSent, ReplayQuarantined
from shadower.application.tasks.quarantined import check_code, open_entries
from shadower.domain.errors import Conflict, NotFound
from shadower.domain.events.event import Outcome
from shadower.domain.jobs.job import Queue
from shadower.domain.quarantine.entry import QuarantineEntryNotFound, QuarantineEntryReplayed


class ReplayQuarantine(Task):
    """
    As they were sent, in the order in which they came; those with one code, or all.

    What is accepted now leaves the quarantine, the rest stays: also what is there because of a projection that there is
    no more, or that takes events in its own way only. Doing it twice stores nothing twice.
    """

    kind: ClassVar[str] = "quarantine.replay"
    title: ClassVar[str] = "Replay refused events"
    queue: ClassVar[Queue] = Queue.AGGREGATION
    on_request: ClassVar[bool] = True

    def __init__(self, begin: BeginWork, replay: ReplayQuarantined, read: ReadSent) -> None:
        self._begin = begin
        self._replay = replay
        self._read = read

    def check(self, payload: Payload) -> None:
        check_code(self.kind, payload)

    async def __call__(self, payload: Payload, context: JobContext) -> Payload:
        """Return how many there are of each outcome."""
        entries = await open_entries(self._begin, context.workspace, payload.get("code"))
        outcomes: Counter[str] = Counter(dict.fromkeys(Outcome, 0))
        for done, entry in enumerate(entries):
            context.progress(done, len(entries), "events")
            try:
                replay = await self._replay(context.workspace, None, entry, read=self._read)
                outcomes[replay.result.outcome] += 1
            except (QuarantineEntryNotFound, QuarantineEntryReplayed):  # somebody else has looked after it
                continue
            except (NotFound, Conflict):
                outcomes[Outcome.REJECTED] += 1
        context.progress(len(entries), len(entries), "events")
        return dict(outcomes)
