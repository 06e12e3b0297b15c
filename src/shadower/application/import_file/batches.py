"""Rows gathered until there are enough to send."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from shadower.application.import_file.identity import Trail
from shadower.application.import_file.mapping import RowMapping
from shadower.application.ports.event_sink import Receipt
from shadower.application.ports.rejected_rows import RejectedRow
from shadower.application.ports.row_reader import Row
from shadower.domain.events.event import Outcome
from shadower.domain.events.rejection import Rejected, Rejection

MOST_CHARACTERS = 4 * 1024 * 1024
"""A batch this long is sent however few rows it has, so that memory stays bounded."""


@dataclass(slots=True)
class RowBatch:
    """Consecutive rows, and what is made of them."""

    rows: list[Row] = field(default_factory=list)
    """Those that became events."""
    events: list[Mapping[str, object]] = field(default_factory=list)
    refused: list[RejectedRow] = field(default_factory=list)
    """Those that became none."""
    characters: int = 0

    def take(self, row: Row, mapping: RowMapping) -> None:
        """Add the next row."""
        self.characters += len(row.text)
        try:
            self.events.append(mapping.event(row))
            self.rows.append(row)
        except Rejected as error:
            self.refused.append(set_aside(row, error.rejection))

    def not_stored(self, receipt: Receipt) -> list[RejectedRow]:
        """Return the rows that are not in the store for good, by number, and why; repeats are none of them."""
        told = [
            RejectedRow(
                row=self.rows[result.index].number,
                outcome=result.outcome,
                code=result.code or result.outcome,
                field=result.field,
                message=result.message or "",
                text=self.rows[result.index].text,
            )
            for result in receipt.results
            if result.outcome in (Outcome.CONFLICT, Outcome.REJECTED)
        ]
        return sorted([*told, *self.refused], key=lambda each: each.row)


def set_aside(row: Row, rejection: Rejection) -> RejectedRow:
    """Return a row that cannot be an event."""
    return RejectedRow(row.number, Outcome.REJECTED, rejection.code, rejection.field, rejection.message, row.text)


def batches(rows: Iterator[Row], mapping: RowMapping, trail: Trail, most: int) -> Iterator[RowBatch]:
    """Read on, `most` rows at a time; when a batch comes out, the trail has passed its last row and none behind it."""
    batch = RowBatch()
    for row in rows:
        batch.take(row, mapping)
        trail.passed(row)
        if len(batch.events) + len(batch.refused) >= most or batch.characters >= MOST_CHARACTERS:
            yield batch
            batch = RowBatch()
    if batch.events or batch.refused:
        yield batch
