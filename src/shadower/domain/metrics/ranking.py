"""Which groups an answer shows, in which order, and what becomes of the rest."""

from collections.abc import Iterable, Mapping, Sequence

from shadower.domain.metrics.answer import SeriesGroup
from shadower.domain.metrics.cells import Cells, CellsByGroup, Frame
from shadower.domain.metrics.decimals import Value
from shadower.domain.metrics.definition import Metric, WindowMetric
from shadower.domain.metrics.formulas import Formulas
from shadower.domain.metrics.question import Dimension, Group

Shown = SeriesGroup | None
"""A group of the answer; None is everything, where nothing is grouped."""


def by_key(groups: Iterable[Group], *, descending: bool = False) -> list[Group]:
    """Return the groups by code points, the one of events that lack the dimension last."""
    named, lacking = _parted(groups)
    return [*sorted(named, reverse=descending), *lacking]


def by_value(values: Mapping[Group, Value], *, descending: bool = True) -> list[Group]:
    """Return the groups by their value, those without one last, and those of equal value by key."""
    known = {group: values[group] for group in by_key(values) if values[group] is not None}
    # Sorting keeps the order of equals, also when it is reversed.
    ranked = sorted(known, key=lambda group: known[group] or 0, reverse=descending)
    return ranked + [group for group in by_key(values) if group not in known]


class Ordering:
    """The order of groups: by a metric of the whole range, or by key when there is no metric."""

    def __init__(self, metric: Metric | WindowMetric | None, *, descending: bool = True) -> None:
        self.formulas = None if metric is None else Formulas([metric])
        self._descending = descending

    def ranked(self, frame: Frame, cells: CellsByGroup) -> list[Group]:
        """Return the groups in this order."""
        if self.formulas is None:
            return by_key(cells, descending=self._descending)
        (name,) = self.formulas.names
        values = {group: self.formulas.totals(frame, found)[name] for group, found in cells.items()}
        return by_value(values, descending=self._descending)


class Grouping:
    """Which group of the answer each value of the dimension belongs to."""

    def __init__(self, by: Dimension, ranked: Sequence[Group], top: int) -> None:
        self._shown = {group: SeriesGroup(by, group) for group in ranked[:top]}
        self.rest: Shown = SeriesGroup(by, is_rest=True)

    @property
    def shown(self) -> Sequence[Shown]:
        """The groups of their own, in order; the rest is not among them."""
        return list(self._shown.values())

    def fold(self, cells: CellsByGroup, into: dict[Shown, Cells]) -> None:
        """Add cells of further buckets and days to what each group of the answer has already."""
        for group, found in cells.items():
            shown = self._shown.get(group)
            if shown is None:
                into.setdefault(self.rest, Cells()).add(found)
            elif shown in into:
                into[shown].join(found)
            else:
                into[shown] = found


def _parted(groups: Iterable[Group]) -> tuple[list[str], list[None]]:
    groups = list(groups)
    return [group for group in groups if group is not None], [group for group in groups if group is None]
