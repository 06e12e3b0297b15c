"""When the rows of many pages are, and which of them a plan asks for."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from shadower.adapters.rollups.pages import PageRow
from shadower.adapters.rollups.table import HEAD, SLOT_SHIFT, Flags, Ints, Table
from shadower.domain.metrics.pages import Level, Plan, slot_width

_WIDTHS: Final = np.array([slot_width(level) for level in Level])


def starts(table: Table, pages: Sequence[PageRow]) -> Ints:
    """Return the start of the page of each row (micros)."""
    return np.fromiter((row.start for row in pages), np.int64, len(pages))[table.identity[:, 0]]


def slots(table: Table, pages: Sequence[PageRow], plan: Plan) -> tuple[Ints, Flags]:
    """Return the start of the slot of each row, and whether the slot is in the plan."""
    level = np.fromiter((row.level for row in pages), np.int64, len(pages))[table.identity[:, 0]]
    time = starts(table, pages) + (table.identity[:, HEAD] >> SLOT_SHIFT) * _WIDTHS[level]
    planned = np.zeros(len(table), dtype=np.bool_)
    for number, runs in plan.runs.items():
        firsts, ends = np.array(runs).T
        run = np.searchsorted(firsts, time, side="right") - 1
        planned |= (level == number) & (run >= 0) & (time < ends[run])
    return time, planned
