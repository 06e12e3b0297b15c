"""
The tallies of many cells as arrays, and the one operation on them: rows of equal identity become one.

An event is a row too, so folding events into cells, cells into coarser cells, new pages into stored ones, and pages
into an answer are all the same `regrouped`. Everything is whole numbers and exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

HEAD, TYPE, SOURCE, MODEL = -4, -3, -2, -1
"""The last columns of every identity. The head holds the slot, the status code, and what is true of type and source."""

SLOT_SHIFT, STATUS_SHIFT = 5, 3
KIND, OWN = 0b11, 0b100

USERS, AGENTS, SESSIONS = 0, 1, 2
"""The kinds of ids."""

BIN_BITS = 12
"""Enough for the bin of every duration below 2^63 µs."""
ID_BITS = 32
KIND_BITS = 2
TAG_BITS = ID_BITS + KIND_BITS

NO_MINIMUM = np.iinfo(np.int64).max
NO_MAXIMUM = -1

_LOW = (1 << 32) - 1
_DENSE = 8
"""Up to this many possible keys for each one, counting them all in place is faster than sorting."""


@dataclass(frozen=True, slots=True)
class Layout:
    """
    What the columns of the sums are: `counts`, then the low halves of `amounts`, then their high halves.

    An amount is high·2^32 + low. The halves of a thousand million amounts can be added before the low ones pass 2^63,
    and they are brought back below 2^32 after every addition, so no sum overflows.
    """

    counts: tuple[str, ...]
    amounts: tuple[str, ...]
    keys: int
    """How many columns of the identity are stored, after the page: the head, and what follows it."""

    @property
    def is_total(self) -> bool:
        """Whether the rows carry what else would follow from the type, source and status of a cell."""
        return "counted" in self.counts

    @property
    def lows(self) -> slice:
        """The low halves."""
        return slice(len(self.counts), len(self.counts) + len(self.amounts))

    @property
    def highs(self) -> slice:
        """The high halves."""
        return slice(len(self.counts) + len(self.amounts), len(self.counts) + 2 * len(self.amounts))


CELLS = Layout(("events", "duration_count"), ("duration_sum", "credits", "cost", "tokens_in", "tokens_out"), keys=4)
"""Of a cell, all else follows from its type, source and status."""

TOTALS = Layout(
    (*CELLS.counts, "counted", "executions", "successes", "failures", "cancelled"),
    (*CELLS.amounts, "execution_credits", "execution_cost"),
    keys=1,
)
"""`counted` is the number of events whose ids are counted: those that Shadower did not write itself."""

VIEWS = Layout(TOTALS.counts, TOTALS.amounts, keys=3)
"""Totals by up to two dimensions, which stand where cells have type and source."""
FIRST, SECOND = TYPE, SOURCE
"""Their columns in the identity."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of tallies, each with an identity, ascending and distinct unless they are fresh events."""

    layout: Layout
    identity: Ints
    """[rows, columns]: whatever tells rows apart, ending with head, type, source, model; no negative numbers."""
    sums: Ints
    """[rows, columns of the layout]."""
    low: Ints
    """Shortest duration, NO_MINIMUM where there is none."""
    high: Ints
    """Longest duration, NO_MAXIMUM where there is none."""
    bins: Ints
    """Histograms: row << 12 | bin, ascending, and the count of each beside it."""
    counts: Ints
    ids: Ints
    """Distinct ids: (row << 2 | kind) << 32 | id, ascending."""

    def __len__(self) -> int:
        return len(self.identity)


def regrouped(table: Table, identity: Ints) -> tuple[Table, Ints]:
    """Return the table in which rows of equal new identity are one, and for each old row the new one it is part of."""
    key = packed(identity)
    if _ascending(key):
        return replace(table, identity=identity), np.arange(len(key))
    order, starts, row_of = grouped(key)
    bins, counts = summed(_moved(table.bins, row_of, BIN_BITS), table.counts)
    merged = Table(
        table.layout,
        identity[order[starts]],
        carried(np.add.reduceat(table.sums.take(order, axis=0), starts, axis=0), table.layout),
        np.minimum.reduceat(table.low[order], starts),
        np.maximum.reduceat(table.high[order], starts),
        bins,
        counts,
        distinct(_moved(table.ids, row_of, TAG_BITS)),
    )
    return merged, row_of


def stacked(tables: Sequence[Table]) -> Table:
    """Return the rows of all of them, one table after the other."""
    offsets = np.cumsum([0, *(len(table) for table in tables)]).tolist()
    placed = list(zip(tables, offsets, strict=False))
    return Table(
        tables[0].layout,
        np.concatenate([table.identity for table in tables]),
        np.concatenate([table.sums for table in tables]),
        np.concatenate([table.low for table in tables]),
        np.concatenate([table.high for table in tables]),
        np.concatenate([table.bins + (offset << BIN_BITS) for table, offset in placed]),
        np.concatenate([table.counts for table in tables]),
        np.concatenate([table.ids + (offset << TAG_BITS) for table, offset in placed]),
    )


def selected(table: Table, mask: Flags) -> Table:
    """Return only the rows where the mask is true."""
    if mask.all():
        return table
    row_of = np.cumsum(mask) - 1
    kept_bins, kept_ids = mask[table.bins >> BIN_BITS], mask[table.ids >> TAG_BITS]
    return Table(
        table.layout,
        table.identity[mask],
        table.sums[mask],
        table.low[mask],
        table.high[mask],
        _moved(table.bins[kept_bins], row_of, BIN_BITS),
        table.counts[kept_bins],
        _moved(table.ids[kept_ids], row_of, TAG_BITS),
    )


def totalled(cells: Table) -> Table:
    """Return the cells with every column of the totals, for each what its type, source and status make of it."""
    head = cells.identity[:, HEAD]
    kind, status = head & KIND, head >> STATUS_SHIFT & KIND
    executed, failed = kind == 1, kind == 2
    ran = executed | failed
    rules = (
        head & OWN == 0,
        ran,
        executed & (status == 1),
        failed | (executed & (status == 2)),
        executed & (status == 3),
    )
    events = cells.sums[:, 0]
    lows, highs = cells.sums[:, CELLS.lows], cells.sums[:, CELLS.highs]
    spent = slice(1, 3)  # credits and cost
    sums = np.column_stack(
        [
            cells.sums[:, : len(CELLS.counts)],
            *(events * rule for rule in rules),
            lows,
            lows[:, spent] * ran[:, None],
            highs,
            highs[:, spent] * ran[:, None],
        ]
    )
    return replace(cells, layout=TOTALS, sums=sums)


def counted(table: Table) -> Flags:
    """Return which rows have events whose ids are counted."""
    if table.layout.is_total:
        own: Flags = table.sums[:, TOTALS.counts.index("counted")] == 0
    else:
        own = table.identity[:, HEAD] & OWN > 0
    return ~own


def carried(sums: Ints, layout: Layout) -> Ints:
    """Bring the low halves back below 2^32, in place."""
    lows = sums[:, layout.lows]
    sums[:, layout.highs] += lows >> 32
    lows &= _LOW
    return sums


def grouped(key: Ints) -> tuple[Ints, Ints, Ints]:
    """
    Group equal keys.

    Return an order that sorts them, where in this order each group starts, and the group number of each key.
    """
    order = np.argsort(key, kind="stable")  # what arrives is mostly a few sorted runs
    first = _firsts(key[order])
    row_of = np.empty(len(key), dtype=np.int64)
    row_of[order] = np.cumsum(first) - 1
    return order, np.flatnonzero(first), row_of


def packed(columns: Ints) -> Ints:
    """Return one number per row, equal for equal rows only, that orders the rows as their columns do."""
    key, bits = np.zeros(len(columns), dtype=np.int64), 0
    if not len(columns):
        return key
    for values in columns.T:
        column = values
        lowest = int(column.min())
        width = (int(column.max()) - lowest).bit_length()
        if bits + width > 63:
            key, bits = _ranks(key)
            column, width = _ranks(column)
            lowest = 0
        if width:
            key = (key << width) | (column - lowest)
            bits += width
    return key


def summed(keys: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """Return the distinct keys, ascending, and the sum of the counts of each."""
    if _ascending(keys):
        return keys, counts
    lowest = int(keys.min())
    width = int(keys.max()) - lowest + 1
    if width <= _DENSE * len(keys):
        dense = np.zeros(width, dtype=np.int64)
        np.add.at(dense, keys - lowest, counts)
        found = np.flatnonzero(dense)
        return found + lowest, dense[found]
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(_firsts(ordered))
    return ordered[starts], np.add.reduceat(counts[order], starts)


def distinct(keys: Ints) -> Ints:
    """Return the distinct keys, ascending."""
    if _ascending(keys):
        return keys
    ordered = np.sort(keys)
    return ordered[_firsts(ordered)]


def _moved(keys: Ints, row_of: Ints, shift: int) -> Ints:
    """Return the keys, which begin with a row, with the new row in its place."""
    moved: Ints = row_of[keys >> shift] << shift | keys & ((1 << shift) - 1)
    return moved


def _ranks(column: Ints) -> tuple[Ints, int]:
    """Fewer than 2^31 rows have ranks of fewer than 32 bits, so two ranked columns always fit."""
    values, ranks = np.unique(column, return_inverse=True)
    return ranks.astype(np.int64), len(values).bit_length()


def _firsts(ordered: Ints) -> Flags:
    """Return where a new value begins."""
    first = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def _ascending(keys: Ints) -> bool:
    return bool((keys[1:] > keys[:-1]).all())
