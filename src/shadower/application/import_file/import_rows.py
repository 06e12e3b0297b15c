"""Import a file: send its rows as events, each batch remembered once it is decided."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from shadower.application.import_file.batches import RowBatch, batches
from shadower.application.import_file.identity import Trail
from shadower.application.import_file.mapping import RowMapping
from shadower.application.import_file.plan import ImportPlan
from shadower.application.import_file.resume import pass_over, starting_point
from shadower.application.ports.event_sink import EventSink, Receipt
from shadower.application.ports.import_checkpoints import Checkpoint, ImportCheckpoints
from shadower.application.ports.rejected_rows import RejectedRows
from shadower.application.ports.row_reader import RowReader
from shadower.domain.errors import Unavailable
from shadower.domain.events.event import Outcome

Follow = Callable[[Checkpoint], None]
"""Called with each checkpoint as it is reached."""


class SinkMiscounted(Unavailable):
    """The answer does not account for every event that was sent, so it is unknown what became of them."""

    code = "sink_miscounted"


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did."""

    before: Checkpoint
    """Where it began: the rows up to here had been imported earlier."""
    after: Checkpoint
    unseen: frozenset[str]
    """Columns of the plan for which no row had a value; empty when not all rows were read anew."""
    undated: bool
    """Whether no row could say when it happened."""
    codes: Counter[tuple[str, str | None]]
    """Code and field → how many rows were not stored because of it this time."""

    def counts(self) -> Mapping[Outcome, int]:
        """Return how many rows had each outcome this time."""
        return {each: self.after.counts.get(each, 0) - self.before.counts.get(each, 0) for each in Outcome}

    @property
    def rows(self) -> int:
        """Rows sent or rejected this time."""
        return self.after.rows - self.before.rows


class ImportRows:
    """
    Begin where the last import of this source ended; send the rest in batches, one after the other.

    The checkpoint moves only when everything before it is decided, so an import that is stopped, killed or cut off is
    continued by doing it again, and no row is ever two events: rows sent twice come back as duplicates.

    Raises FieldUnknown, PlanInvalid, ColumnUnknown, PlanChanged and FileChanged before anything is sent; FileUnreadable
    and Unavailable with everything before them kept.
    """

    def __init__(
        self, reader: RowReader, sink: EventSink, checkpoints: ImportCheckpoints, rejected: RejectedRows, follow: Follow
    ) -> None:
        self._reader = reader
        self._sink = sink
        self._checkpoints = checkpoints
        self._rejected = rejected
        self._follow = follow
        self._codes: Counter[tuple[str, str | None]] = Counter()

    async def __call__(self, plan: ImportPlan, *, source: str, batch_size: int, restart: bool = False) -> Summary:
        mapping = RowMapping(plan, source, self._reader.columns)
        before = starting_point(None if restart else self._checkpoints.find(), plan.facts())
        rows, trail = iter(self._reader), Trail(self._reader.header)
        await pass_over(rows, trail, before)
        self._rejected.rewind(before.set_aside)
        reached = before
        for batch in batches(rows, mapping, trail, batch_size):
            reached = await self._decide(batch, reached)
            reached = replace(reached, rows=trail.rows, digest=trail.digest())
            self._checkpoints.save(reached)
            self._follow(reached)
        whole = reached.rows > before.rows == 0
        unseen = frozenset(mapping.unseen) if whole else frozenset[str]()
        return Summary(before, reached, unseen, mapping.is_undated, self._codes)

    async def _decide(self, batch: RowBatch, reached: Checkpoint) -> Checkpoint:
        counts = Counter(reached.counts)
        counts[Outcome.REJECTED] += len(batch.refused)
        not_stored = batch.refused
        if batch.events:
            receipt = await self._sink.send(batch.events)
            counts.update(_counts(receipt, len(batch.events)))
            not_stored = batch.not_stored(receipt)
        self._codes.update((row.code, row.field) for row in not_stored)
        mark = self._rejected.put(not_stored)
        return replace(reached, counts=dict(counts), set_aside=mark)


def _counts(receipt: Receipt, sent: int) -> Mapping[Outcome, int]:
    counts = {
        Outcome.STORED: receipt.stored,
        Outcome.DUPLICATE: receipt.duplicates,
        Outcome.CONFLICT: receipt.conflicts,
        Outcome.REJECTED: receipt.rejected,
    }
    if sum(counts.values()) != sent:
        raise SinkMiscounted(f"{sent} events were sent, and the answer tells of {sum(counts.values())}.")
    return counts
