"""What removed events of a workspace add up to, as plain pages: the reference of what the databases keep packed."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shadower.domain.events.event import RecordedEvent
from shadower.domain.events.filters import Filters
from shadower.domain.metrics.gaps import Shortfall, doubt
from shadower.domain.metrics.pages import QUARTER, Level, PlainCell, PlainPage, PlainPages, Plan, fold_plain
from shadower.domain.metrics.question import Aggregation, Dimension, Tallies
from shadower.domain.metrics.tally import Tally, merged
from shadower.domain.retention.removed import Removed


@dataclass(frozen=True, slots=True)
class Sealed:
    """Never changes, so that a snapshot sees the past as it was."""

    removed: Removed
    pages: PlainPages
    """By quarter-hours; all coarser levels follow from them."""

    def tally(self, asked: Aggregation, planned: Plan) -> Tallies:
        """Return the tallies of the planned slots."""
        tallies: Tallies = {}
        for page, cells in self.pages.items():
            if page.family is not planned.family:
                continue
            for cell, tally in cells.items():
                moment = page.start + cell.slot * QUARTER
                values = _values(page, cell)
                if _is_planned(moment, planned) and _admit(asked.filters, values):
                    group = None if asked.group_by is None else values[asked.group_by]
                    bucket = bisect_right(planned.cuts, moment) - 1
                    tallies.setdefault(group, {}).setdefault(bucket, Tally()).add(tally)
        return tallies

    def shortfall(self, asked: Aggregation) -> Shortfall | None:
        """Return why an answer to the question may be too small, None when it is exact."""
        found = doubt(asked, self.removed.first, self.removed.last)
        if found is None or not found.is_justified(self.tally(found.question, found.plan), found.besides):
            return None
        return Shortfall(self.removed.received_before)


def seal(sealed: Sealed | None, gone: Sequence[RecordedEvent], before: int) -> Sealed:
    """Return what is sealed once these events are gone, of which there is at least one; all came before (micros)."""
    moments = [one.event.occurred_at for one in gone]
    removed = Removed(len(gone), before, min(moments), max(moments))
    if sealed is not None:
        first, last = sealed.removed.extent((removed.first, removed.last))
        earlier = sealed.removed
        removed = Removed(earlier.events + len(gone), max(earlier.received_before, before), first, last)
    pages = {} if sealed is None else dict(sealed.pages)
    for page, cells in fold_plain(one.event for one in gone).items():
        if page.level is Level.QUARTER:
            there = pages.get(page, {})
            pages[page] = there | {cell: merged([there.get(cell, Tally()), tally]) for cell, tally in cells.items()}
    return Sealed(removed, pages)


def _values(page: PlainPage, cell: PlainCell) -> Mapping[Dimension, str | None]:
    """Return the values of every dimension that the pages of this family know."""
    return {
        Dimension.TYPE: cell.type,
        Dimension.SOURCE: cell.source,
        Dimension.MODEL: cell.model,
        Dimension.STATUS: cell.status,
        Dimension.AGENT: page.key,
        Dimension.USER: page.key,
    }


def _admit(filters: Filters, values: Mapping[Dimension, str | None]) -> bool:
    return all(wanted.admits(values[Dimension(field)]) for field, wanted in filters.items())


def _is_planned(moment: int, planned: Plan) -> bool:
    return any(start <= moment < end for runs in planned.runs.values() for start, end in runs)
