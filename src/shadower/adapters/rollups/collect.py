"""Answer from pages: pick their slots and cells, and add them up per group and bucket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress

import numpy as np
from pyroaring import BitMap

from shadower.adapters.rollups.dimensions import of_cells, of_view
from shadower.adapters.rollups.id_sets import Bitmaps, bitmap
from shadower.adapters.rollups.pages import KEY_OF, PageRow, Wanted, wanted_parts
from shadower.adapters.rollups.parts import Parts, decode
from shadower.adapters.rollups.slots import slots, starts
from shadower.adapters.rollups.table import (
    AGENTS,
    CELLS,
    FIRST,
    ID_BITS,
    KIND,
    KIND_BITS,
    SESSIONS,
    TOTALS,
    USERS,
    VIEWS,
    Flags,
    Ints,
    Layout,
    Table,
    regrouped,
    selected,
    totalled,
)
from shadower.adapters.rollups.tallies import SHARED, tallies, with_shared_id
from shadower.domain.metrics.pages import Plan
from shadower.domain.metrics.question import Dimension
from shadower.domain.metrics.spans import BY_AGENT
from shadower.domain.metrics.tally import Needs, Tally

_SETS = {Needs.USERS: USERS, Needs.AGENTS: AGENTS, Needs.SESSIONS: SESSIONS}


@dataclass(frozen=True, slots=True)
class Selection:
    """What to add up, with numbers where an `Aggregation` has names; 0 is the missing name."""

    plan: Plan
    needs: Needs
    filters: Mapping[Dimension, Sequence[int]] = field(default_factory=dict)
    """One of these of type, source, model, status code, and the key of the family."""
    group_by: Dimension | None = None
    """One of the same."""
    view: int | None = None
    """The view whose rows are added up, in place of pages."""

    @property
    def wanted(self) -> Wanted:
        """What is to be read."""
        return wanted_parts(self.plan.family, self.needs, {*self.filters, *((self.group_by,) if self.group_by else ())})

    @property
    def layout(self) -> Layout:
        """The form of what is to be read."""
        if self.view is not None:
            return VIEWS
        return TOTALS if self.wanted.totals else CELLS


def collect(pages: Sequence[PageRow], selection: Selection) -> dict[int | None, dict[int, Tally]]:
    """
    Return group → bucket → tally, with numbers for groups (None for the missing name) and bitmaps of numbers for ids.

    Pages of one family and workspace, or one view of many spans, each at most once, in any order; slots outside the
    plan are passed over, so reading too many does no harm. Raises RollupUnreadable, and ValueError for a dimension they
    cannot answer by.
    """
    if not pages:
        return {}
    _, hist, sets = selection.wanted
    parts = [Parts(page.sums, page.hist if hist else b"", page.sets if sets else b"") for page in pages]
    table, bitmaps = decode(parts, selection.layout)
    key = _keys(table, pages, selection)
    bucket = _buckets(table, pages, selection)
    mask = bucket >= 0
    for dimension, numbers in selection.filters.items():
        column = _column(table, key, dimension, selection)
        mask &= np.logical_or.reduce([column == number for number in numbers])
    group = np.zeros(len(table), dtype=np.int64)
    if selection.group_by is not None:
        group = _column(table, key, selection.group_by, selection)
    return _answer(table, bitmaps, mask, np.column_stack([bucket, group, key]), selection)


def _answer(
    table: Table, bitmaps: Bitmaps, mask: Flags, places: Ints, selection: Selection
) -> dict[int | None, dict[int, Tally]]:
    chosen = selected(_with_wanted_ids(table, places[:, 2], selection), mask)
    chosen = chosen if chosen.layout.is_total else totalled(chosen)
    # Views come in the order of time, so this finds them in order, with nothing to add up.
    added, row_of = regrouped(chosen, places[mask, :2])
    rows = np.full(len(table), -1, dtype=np.int64)
    rows[mask] = row_of
    found = tallies(added, _united(bitmaps, rows, selection.needs))
    answer: dict[int | None, dict[int, Tally]] = {}
    for (bucket, group), tally in zip(added.identity.tolist(), found, strict=True):
        answer.setdefault(group or None, {})[bucket] = tally
    return answer


def _buckets(table: Table, pages: Sequence[PageRow], selection: Selection) -> Ints:
    """Return the bucket of each row, -1 where its slot is not in the plan."""
    plan = selection.plan
    if selection.view is None:
        time, planned = slots(table, pages, plan)
    else:
        time, planned = starts(table, pages), np.ones(len(table), dtype=np.bool_)
    return np.where(planned, np.searchsorted(np.array(plan.cuts), time, side="right") - 1, -1)


def _keys(table: Table, pages: Sequence[PageRow], selection: Selection) -> Ints:
    """Return the key of the family for each row."""
    if selection.view == BY_AGENT:
        return table.identity[:, FIRST]
    return np.fromiter((row.key for row in pages), np.int64, len(pages))[table.identity[:, 0]]


def _column(table: Table, key: Ints, dimension: Dimension, selection: Selection) -> Ints:
    if dimension is KEY_OF.get(selection.plan.family):
        return key
    return of_cells(table, dimension) if selection.view is None else of_view(table, selection.view, dimension)


def _with_wanted_ids(table: Table, key: Ints, selection: Selection) -> Table:
    """Drop the ids nobody asked for."""
    family = selection.plan.family
    wanted = [kind for need, kind in _SETS.items() if need in selection.needs]
    if SHARED.get(family) in wanted:
        table = with_shared_id(table, family, key)
    return replace(table, ids=table.ids[np.isin(table.ids >> ID_BITS & KIND, wanted)])


def _united(bitmaps: Bitmaps, rows: Ints, needs: Needs) -> dict[int, list[BitMap]]:
    """Return the bitmaps that are needed, by the tag of the row of the answer (-1: none) they belong to."""
    kinds = [kind for need, kind in _SETS.items() if need in needs]
    tags = np.fromiter(bitmaps, np.int64, len(bitmaps))
    row, kind = rows[tags >> KIND_BITS], tags & KIND
    wanted = (row >= 0) & np.isin(kind, kinds)
    united: dict[int, list[BitMap]] = {}
    for tag, serialised in zip(
        (row << KIND_BITS | kind)[wanted].tolist(), compress(bitmaps.values(), wanted), strict=True
    ):
        united.setdefault(tag, []).append(bitmap(serialised))
    return united
