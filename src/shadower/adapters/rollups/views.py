"""Views of spans, made of pages and of other views."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from pyroaring import BitMap

from shadower.adapters.rollups.dimensions import of_cells
from shadower.adapters.rollups.id_sets import Bitmaps, bitmap
from shadower.adapters.rollups.pages import EVERYBODY, PageRow
from shadower.adapters.rollups.parts import Parts, decode, encode
from shadower.adapters.rollups.slots import slots
from shadower.adapters.rollups.table import (
    CELLS,
    FIRST,
    KIND,
    KIND_BITS,
    VIEWS,
    Ints,
    Table,
    regrouped,
    selected,
    totalled,
)
from shadower.domain.metrics import spans
from shadower.domain.metrics.pages import Plan
from shadower.domain.metrics.spans import BY_AGENT, VIEWS_OF_AGENT


class ViewKey(NamedTuple):
    """Which view of a span."""

    view: int
    key: int
    """The number of the agent, or EVERYBODY."""


Views = dict[ViewKey, Parts]


@dataclass(frozen=True, slots=True)
class PagesOfSpan:
    """Pages of one family with their cells, and which of their slots make up the span."""

    plan: Plan
    rows: Sequence[PageRow]


def views_of_pages(everything: PagesOfSpan, agents: PagesOfSpan) -> Views:
    """
    Return all views of a span.

    Equal pages give equal bytes. Raises RollupUnreadable.
    """
    whole, by_agent = _Cells.of(everything), _Cells.of(agents)
    found = {ViewKey(view, EVERYBODY): whole.seen(view) for view in range(len(spans.VIEWS)) if view != BY_AGENT}
    found[ViewKey(BY_AGENT, EVERYBODY)] = by_agent.told_apart()
    return found | {ViewKey(view, key): parts for view in VIEWS_OF_AGENT for key, parts in by_agent.seen_of_each(view)}


def added_up(views: Mapping[int, Sequence[Parts]]) -> dict[int, Parts]:
    """
    Return one view per key that says what its views of shorter spans say together.

    Equal views in equal order give equal bytes. Raises RollupUnreadable.
    """
    keys = np.repeat(np.arange(len(views)), [len(parts) for parts in views.values()])
    table, bitmaps = decode([part for parts in views.values() for part in parts], VIEWS)
    identity = table.identity.copy()
    identity[:, 0] = keys[identity[:, 0]]
    return dict(zip(views, _encoded(table, bitmaps, identity, len(views)), strict=True))


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of the slots that make up the span, with the key of the page of each."""

    table: Table
    bitmaps: Bitmaps
    key: Ints

    @classmethod
    def of(cls, pages: PagesOfSpan) -> Self:
        cells, bitmaps = decode([Parts(row.sums, row.hist, row.sets) for row in pages.rows], CELLS)
        _, planned = slots(cells, pages.rows, pages.plan)
        rows = np.where(planned, np.cumsum(planned) - 1, -1)
        moved = ((int(rows[tag >> KIND_BITS]) << KIND_BITS | tag & KIND, found) for tag, found in bitmaps.items())
        table = totalled(selected(cells, planned))
        key = np.fromiter((row.key for row in pages.rows), np.int64, len(pages.rows))[table.identity[:, 0]]
        return cls(table, {tag: found for tag, found in moved if tag >= 0}, key)

    def seen(self, view: int) -> Parts:
        """Return the view of all cells together."""
        return _encoded(self.table, self.bitmaps, self._identity(view), 1)[0]

    def told_apart(self) -> Parts:
        """Return the view by key."""
        identity = np.zeros((len(self.table), 5), dtype=np.int64)
        identity[:, FIRST] = self.key
        return _encoded(self.table, self.bitmaps, identity, 1)[0]

    def seen_of_each(self, view: int) -> Iterator[tuple[int, Parts]]:
        """Yield the view of the cells of each key but that of the missing one."""
        keys, place = np.unique(self.key, return_inverse=True)
        identity = self._identity(view)
        identity[:, 0] = place
        found = zip(keys.tolist(), _encoded(self.table, self.bitmaps, identity, len(keys)), strict=True)
        return ((key, parts) for key, parts in found if key != EVERYBODY)

    def _identity(self, view: int) -> Ints:
        identity = np.zeros((len(self.table), 5), dtype=np.int64)
        for place, dimension in enumerate(spans.VIEWS[view]):
            identity[:, FIRST + place] = of_cells(self.table, dimension)
        return identity


def _encoded(table: Table, bitmaps: Bitmaps, identity: Ints, pages: int) -> list[Parts]:
    """Return the parts of each page of the new identity."""
    added, row_of = regrouped(table, identity)
    return encode(replace(added, layout=VIEWS), _united(bitmaps, row_of), pages)


def _united(bitmaps: Bitmaps, row_of: Ints) -> Bitmaps:
    """Return one bitmap for each row and kind that has any."""
    met: dict[int, list[bytes]] = {}
    for tag, serialised in bitmaps.items():
        met.setdefault(int(row_of[tag >> KIND_BITS]) << KIND_BITS | tag & KIND, []).append(serialised)
    return {tag: found[0] if len(found) == 1 else _union(found) for tag, found in met.items()}


def _union(found: Sequence[bytes]) -> bytes:
    whole = BitMap.union(*map(bitmap, found))
    whole.run_optimize()
    return whole.serialize()
