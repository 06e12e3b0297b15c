"""Answer from pages: pick their slots and cells, and add them up per group and bucket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress

import numpy as np
from pyroaring import BitMap

from shadower.adapters.rollups.id_sets import Bitmaps, bitmap
from shadower.adapters.rollups.pages import PageRow
from shadower.adapters.rollups.parts import Parts, decode
from shadower.adapters.rollups.table import (
    AGENTS,
    CELLS,
    HEAD,
    ID_BITS,
    KIND,
    KIND_BITS,
    MODEL,
    SESSIONS,
    SLOT_SHIFT,
    SOURCE,
    STATUS_SHIFT,
    TOTALS,
    TYPE,
    USERS,
    Flags,
    Ints,
    Table,
    regrouped,
    selected,
    totalled,
)
from shadower.adapters.rollups.tallies import SHARED, tallies, with_shared_id
from shadower.domain.metrics.pages import Family, Level, Plan, slot_width
from shadower.domain.metrics.question import Dimension
from shadower.domain.metrics.tally import Needs, Tally

_COLUMNS = {Dimension.TYPE: TYPE, Dimension.SOURCE: SOURCE, Dimension.MODEL: MODEL}
_KEYS = {Family.AGENT: Dimension.AGENT, Family.USER: Dimension.USER}
_SETS = {Needs.USERS: USERS, Needs.AGENTS: AGENTS, Needs.SESSIONS: SESSIONS}


@dataclass(frozen=True, slots=True)
class Selection:
    """What to add up, with numbers where an `Aggregation` has names; 0 is the missing name."""

    plan: Plan
    needs: Needs
    filters: Mapping[Dimension, int] = field(default_factory=dict)
    """Equality on type, source, model, status code, and the key of the family."""
    group_by: Dimension | None = None
    """One of the same."""

    @property
    def uses_totals(self) -> bool:
        """Whether the totals of the pages are to be read, rather than their cells."""
        asked = {*self.filters, *((self.group_by,) if self.group_by else ())}
        return self.plan.family is not Family.USER and asked <= {_KEYS.get(self.plan.family)}

    @property
    def uses_hist(self) -> bool:
        """Whether the histograms are to be read."""
        return Needs.HISTOGRAM in self.needs

    @property
    def uses_sets(self) -> bool:
        """Whether the sets are to be read. That of the family's own key is not among them."""
        return any(need in self.needs and kind != SHARED.get(self.plan.family) for need, kind in _SETS.items())


def collect(pages: Sequence[PageRow], selection: Selection) -> dict[int | None, dict[int, Tally]]:
    """
    Return group → bucket → tally, with numbers for groups (None for the missing name) and bitmaps of numbers for ids.

    Pages of one family and workspace, each at most once, in any order; slots outside the plan are passed over, so
    reading too many pages does no harm. Raises RollupUnreadable, and ValueError for a dimension they cannot answer by.
    """
    if not pages:
        return {}
    hist, sets = selection.uses_hist, selection.uses_sets
    parts = [Parts(page.sums, page.hist if hist else b"", page.sets if sets else b"") for page in pages]
    table, bitmaps = decode(parts, TOTALS if selection.uses_totals else CELLS)
    page = table.identity[:, 0]
    key = np.fromiter((row.key for row in pages), np.int64, len(pages))[page]
    bucket = _buckets(table, pages, selection.plan)
    mask = bucket >= 0
    for dimension, number in selection.filters.items():
        mask &= _column(table, key, dimension, selection.plan.family) == number
    group = np.zeros(len(table), dtype=np.int64)
    if selection.group_by is not None:
        group = _column(table, key, selection.group_by, selection.plan.family)
    return _answer(table, bitmaps, mask, np.column_stack([group, bucket, key]), selection)


def _answer(
    table: Table, bitmaps: Bitmaps, mask: Flags, places: Ints, selection: Selection
) -> dict[int | None, dict[int, Tally]]:
    chosen = selected(_with_wanted_ids(table, places[:, 2], selection), mask)
    chosen = chosen if selection.uses_totals else totalled(chosen)
    added, row_of = regrouped(chosen, places[mask, :2])
    rows = np.full(len(table), -1, dtype=np.int64)
    rows[mask] = row_of
    found = tallies(added, _united(bitmaps, rows, selection.needs))
    answer: dict[int | None, dict[int, Tally]] = {}
    for (group, bucket), tally in zip(added.identity.tolist(), found, strict=True):
        answer.setdefault(group or None, {})[bucket] = tally
    return answer


def _buckets(table: Table, pages: Sequence[PageRow], plan: Plan) -> Ints:
    """Return the bucket of each row, -1 where its slot is not in the plan."""
    page, slot = table.identity[:, 0], table.identity[:, HEAD] >> SLOT_SHIFT
    level = np.fromiter((row.level for row in pages), np.int64, len(pages))[page]
    start = np.fromiter((row.start for row in pages), np.int64, len(pages))[page]
    time = start + slot * np.array([slot_width(level) for level in Level])[level]
    bucket = np.searchsorted(np.array(plan.cuts), time, side="right") - 1
    planned = np.zeros(len(table), dtype=np.bool_)
    for number, runs in plan.runs.items():
        starts, ends = np.array(runs).T
        run = np.searchsorted(starts, time, side="right") - 1
        planned |= (level == number) & (run >= 0) & (time < ends[run])
    return np.where(planned, bucket, -1)


def _column(table: Table, key: Ints, dimension: Dimension, family: Family) -> Ints:
    if dimension in _COLUMNS:
        return table.identity[:, _COLUMNS[dimension]]
    if dimension is Dimension.STATUS:
        return table.identity[:, HEAD] >> STATUS_SHIFT & KIND
    if dimension is _KEYS.get(family):
        return key
    raise ValueError(f"Pages of the family {family.name} cannot be told apart by {dimension.value}.")


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
