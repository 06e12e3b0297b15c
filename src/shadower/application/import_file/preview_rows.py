"""Show what an import would do, without doing it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shadower.application.import_file.batches import set_aside
from shadower.application.import_file.mapping import RowMapping
from shadower.application.import_file.plan import ImportPlan
from shadower.application.ports.rejected_rows import RejectedRow
from shadower.application.ports.row_reader import RowReader
from shadower.domain.events.rejection import Rejected, Rejection

Judge = Callable[[Mapping[str, object]], Rejection | None]
"""Says why an event would not be taken, or None."""

_MOST_TOLD = 20


@dataclass(slots=True)
class Preview:
    """What an import would do."""

    rows: int = 0
    first: list[Mapping[str, object]] = field(default_factory=list)
    """The first rows as events, rejected ones included if they are events at all."""
    rejected: list[RejectedRow] = field(default_factory=list)
    """The first that would be rejected."""
    codes: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    """Code and field → how many rows would be rejected for it."""
    unseen: frozenset[str] = frozenset()
    """Columns of the plan for which no row had a value."""
    undated: bool = False
    """Whether no row could say when it happened."""


class PreviewRows:
    """
    Every row is made into an event and put before the rules of admission. Nothing is sent and nothing remembered.

    Raises FieldUnknown, PlanInvalid, ColumnUnknown, FileUnreadable.
    """

    def __init__(self, reader: RowReader, judge: Judge) -> None:
        self._reader = reader
        self._judge = judge

    def __call__(self, plan: ImportPlan, *, source: str, show: int) -> Preview:
        mapping = RowMapping(plan, source, self._reader.columns)
        preview = Preview(undated=mapping.is_undated)
        for row in self._reader:
            preview.rows = row.number
            try:
                event = mapping.event(row)
                rejection = self._judge(event)
                if len(preview.first) < show:
                    preview.first.append(event)
            except Rejected as error:
                rejection = error.rejection
            if rejection is not None:
                preview.codes[rejection.code, rejection.field] += 1
                if len(preview.rejected) < _MOST_TOLD:
                    preview.rejected.append(set_aside(row, rejection))
        preview.unseen = frozenset(mapping.unseen) if preview.rows else frozenset()
        return preview
