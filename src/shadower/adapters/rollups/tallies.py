"""Rows of a table as tallies of the domain."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from pyroaring import BitMap

from shadower.adapters.rollups.histograms import ArrayHistogram
from shadower.adapters.rollups.id_sets import runs
from shadower.adapters.rollups.table import (
    AGENTS,
    BIN_BITS,
    ID_BITS,
    KIND_BITS,
    TOTALS,
    USERS,
    Ints,
    Table,
    counted,
    distinct,
)
from shadower.domain.metrics.pages import Family
from shadower.domain.metrics.tally import Tally

SHARED: Mapping[Family, int] = {Family.AGENT: AGENTS, Family.USER: USERS}
"""The kind of ids of which every event of a page has the same one."""

_SETS = ("users", "agents", "sessions")
_SAFE = 1 << 30
_NAMES = tuple(name for name in TOTALS.counts if name != "counted")


def with_shared_id(table: Table, family: Family, key: Ints) -> Table:
    """Add the id that all events of a page share, of which the pages keep only the key; `key` has one per row."""
    kind = SHARED.get(family)
    if kind is None:
        return table
    rows = np.flatnonzero((key > 0) & counted(table))
    shared = (rows << KIND_BITS | kind) << ID_BITS | key[rows]
    return replace(table, ids=distinct(np.concatenate([table.ids, shared])))


def tallies(table: Table, bitmaps: Mapping[int, Sequence[BitMap]]) -> list[Tally]:
    """Return the tally of each row of a table of totals, with the ids of `bitmaps` (by tag) added to its own."""
    columns = [table.sums[:, TOTALS.counts.index(name)].tolist() for name in _NAMES] + _amounts(table)
    names = (*_NAMES, *TOTALS.amounts)
    made = [Tally(**dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]
    timed = np.flatnonzero(table.sums[:, TOTALS.counts.index("duration_count")])
    for row, low, high in zip(timed.tolist(), table.low[timed].tolist(), table.high[timed].tolist(), strict=True):
        made[row].duration_min, made[row].duration_max = low, high
    _add_histograms(made, table)
    _add_sets(made, table, bitmaps)
    return made


def _amounts(table: Table) -> list[list[int]]:
    lows, highs = table.sums[:, TOTALS.lows], table.sums[:, TOTALS.highs]
    if len(table) and highs.max() >= _SAFE:
        lows, highs = lows.astype(object), highs.astype(object)
    return [column.tolist() for column in ((highs << 32) + lows).T]


def _add_histograms(made: list[Tally], table: Table) -> None:
    bins = table.bins & ((1 << BIN_BITS) - 1)
    cuts = np.searchsorted(table.bins, np.arange(len(made) + 1) << BIN_BITS).tolist()
    for tally, (start, end) in zip(made, pairwise(cuts), strict=True):
        if start < end:
            tally.histogram = ArrayHistogram(bins[start:end], table.counts[start:end])


def _add_sets(made: list[Tally], table: Table, bitmaps: Mapping[int, Sequence[BitMap]]) -> None:
    sets = {tag: list(found) for tag, found in bitmaps.items()}
    for tag, found in runs(table.ids):
        sets.setdefault(tag, []).append(found)
    for tag, parts in sets.items():
        whole = parts[0] if len(parts) == 1 else BitMap.union(*parts)
        setattr(made[tag >> KIND_BITS], _SETS[tag & 3], whole)
