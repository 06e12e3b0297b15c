"""A table of many pages as their blobs, and back."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from shadower.adapters.rollups.codec import decode_rows, encode_rows
from shadower.adapters.rollups.id_sets import Bitmaps, decode_sets, encode_sets
from shadower.adapters.rollups.pages import RollupUnreadable
from shadower.adapters.rollups.table import (
    BIN_BITS,
    NO_MAXIMUM,
    NO_MINIMUM,
    Ints,
    Layout,
    Table,
)

_HALF = 32
_LOW = (1 << _HALF) - 1
_WHOLE = 62
"""Amounts are stored as one number below 2^62; what is above stands in a second row."""
_REST = 1 << 12
"""Marks such a second row, in a bit of the head that is otherwise free."""


class Parts(NamedTuple):
    """The blobs of the cells, or of the totals, of a page, or of a view of it."""

    sums: bytes
    hist: bytes
    sets: bytes


NO_PARTS = Parts(b"", b"", b"")


def encode(table: Table, bitmaps: Bitmaps, pages: int) -> list[Parts]:
    """Return the parts of pages 0 to `pages`; the identity begins with the page. The order of rows is kept."""
    bounds = np.searchsorted(table.identity[:, 0], np.arange(pages + 1))
    rows = table.bins >> BIN_BITS
    cuts = np.searchsorted(rows, bounds)
    local = rows - np.repeat(bounds[:-1], np.diff(cuts))
    hist = np.column_stack([local, table.bins & ((1 << BIN_BITS) - 1), table.counts])
    sets = encode_sets(table.ids, bitmaps, bounds)
    return list(map(Parts, _encode_sums(table, bounds), encode_rows(hist, cuts), sets))


def decode(parts: Sequence[Parts], layout: Layout) -> tuple[Table, Bitmaps]:
    """Return the table of the pages 0, 1, 2… that have these parts. Raises RollupUnreadable."""
    rows, cuts = decode_rows([part.sums for part in parts], _stored_columns(layout))
    rows, high_halves, bounds = _without_rests(rows, cuts, layout)
    page = np.repeat(np.arange(len(parts)), np.diff(bounds))
    keys, fixed = layout.keys, layout.keys + len(layout.counts)
    identity = np.zeros((len(rows), 5), dtype=np.int64)
    identity[:, 0] = page
    identity[:, 1 : keys + 1] = rows[:, :keys]
    amounts = rows[:, fixed + 2 :]
    sums = np.column_stack([rows[:, keys:fixed], amounts & _LOW, (amounts >> _HALF) + high_halves])
    timed = rows[:, keys + layout.counts.index("duration_count")] > 0
    low, high = np.where(timed, rows[:, fixed], NO_MINIMUM), np.where(timed, rows[:, fixed + 1], NO_MAXIMUM)
    bins, counts = _decode_hist([part.hist for part in parts], bounds)
    ids, bitmaps = decode_sets([part.sets for part in parts], bounds)
    return Table(layout, identity, sums, low, high, bins, counts, ids), bitmaps


def _stored_columns(layout: Layout) -> int:
    return layout.keys + len(layout.counts) + 2 + len(layout.amounts)


def _encode_sums(table: Table, bounds: Ints) -> list[bytes]:
    layout, keys = table.layout, table.layout.keys
    lows, highs = table.sums[:, layout.lows], table.sums[:, layout.highs]
    rest = highs >> (_WHOLE - _HALF)
    timed = table.high != NO_MAXIMUM
    rows = np.column_stack(
        [
            table.identity[:, 1 : keys + 1],
            table.sums[:, : len(layout.counts)],
            np.where(timed, table.low, 0),
            np.where(timed, table.high, 0),
            (highs - (rest << (_WHOLE - _HALF)) << _HALF) + lows,
        ]
    )
    if rest.any():
        rows, bounds = _with_rests(rows, rest, bounds)
    return encode_rows(rows, bounds)


def _with_rests(rows: Ints, rest: Ints, bounds: Ints) -> tuple[Ints, Ints]:
    """Put a second row after each row with an amount of 2^62 or more, which holds how many times 2^62."""
    tall = np.flatnonzero(rest.any(axis=1))
    seconds = np.zeros((len(tall), rows.shape[1]), dtype=np.int64)
    seconds[:, 0] = _REST
    seconds[:, -rest.shape[1] :] = rest[tall]
    return np.insert(rows, tall + 1, seconds, axis=0), bounds + np.searchsorted(tall, bounds)


def _without_rests(rows: Ints, bounds: Ints, layout: Layout) -> tuple[Ints, Ints, Ints]:
    """Return the rows proper, what is to be added to the high halves of their amounts, and the bounds of pages."""
    second = rows[:, 0] == _REST
    count = len(layout.amounts)
    if not second.any():
        return rows, np.zeros((1, count), dtype=np.int64), bounds
    tall = np.flatnonzero(second)
    if second[0] or second[tall - 1].any():
        raise RollupUnreadable("A rollup page has half of an amount.")
    high_halves = np.zeros((len(rows), count), dtype=np.int64)
    high_halves[tall - 1] = rows[tall, -count:] << (_WHOLE - _HALF)
    return rows[~second], high_halves[~second], bounds - np.searchsorted(tall, bounds)


def _decode_hist(blobs: Sequence[bytes], bounds: Ints) -> tuple[Ints, Ints]:
    rows, cuts = decode_rows(blobs, 3)
    sizes = np.diff(cuts)
    local = rows[:, 0]
    if (local >= np.repeat(np.diff(bounds), sizes)).any():
        raise RollupUnreadable("A rollup page has durations of a cell it does not have.")
    return (local + np.repeat(bounds[:-1], sizes)) << BIN_BITS | rows[:, 1], rows[:, 2].copy()
