"""Break metrics down by the values of a dimension."""

from collections.abc import Iterator, Sequence

from shadower.application.grouped_reading import Frames, GroupedCells, GroupedReading, whole_frames
from shadower.application.local_calendar import local_calendar
from shadower.application.metric_period import period_of
from shadower.application.metric_question import MOST_ROWS, BreakdownQuestion
from shadower.application.metric_terms import check_within, dimension_named, metrics_named
from shadower.application.ports.snapshot import OpenSnapshot
from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.metrics.answer import Breakdown, Figure, Row, SeriesGroup, figures
from shadower.domain.metrics.catalogue import METRICS, metric_named
from shadower.domain.metrics.cells import Cells
from shadower.domain.metrics.definition import Metric, WindowMetric
from shadower.domain.metrics.formulas import Formulas
from shadower.domain.metrics.ranking import Ordering, Shown

_KEY = "key"
_FIRST = "executions"
_DEFAULT = (_FIRST, *(name for name, metric in METRICS.items() if isinstance(metric, Metric) and name != _FIRST))


class BreakDownMetrics:
    """
    A row for each value, in the order asked for, and everything beyond the limit as one.

    Events that lack the dimension are a row with the key None. Without metrics named: all but those over rolling days,
    executions first. Everything is read from one snapshot. Raises UnknownMetric, UnknownDimension, LimitInvalid,
    UnknownTimeframe, PeriodInvalid, MomentInvalid, InvalidRange, WorkspaceNotFound, QueryTimeout, StoreUnavailable.
    """

    def __init__(self, open_snapshot: OpenSnapshot, begin: BeginWork) -> None:
        self._open = open_snapshot
        self._begin = begin

    async def __call__(self, workspace: WorkspaceId, question: BreakdownQuestion) -> Breakdown:
        metrics = metrics_named(question.metrics, _DEFAULT)
        by = dimension_named(question.by, "by")
        check_within(question.limit, MOST_ROWS, "limit")
        order, descending = _order(question.order, metrics)
        formulas = Formulas(list(dict.fromkeys([*metrics, *([order] if order else [])])))
        zone = (await local_calendar(workspace, self._begin)).zone
        async with self._open(workspace) as snapshot:
            period = await period_of(question, zone, snapshot)
            frames = whole_frames(period, formulas.window, zone)
            read = GroupedReading(snapshot, formulas, question.filters, zone)
            cells = await read.groups(frames, by, Ordering(order, descending=descending), question.limit)
        names = [metric.name for metric in metrics]
        rows, rest = [], None
        for group, row in _figures(cells, frames, formulas, names):
            match group:
                case SeriesGroup(is_rest=False, value=key):
                    rows.append(Row(key, row))
                case _:
                    rest = row
        return Breakdown(
            range=period.current,
            zone=zone,
            fresh_to=snapshot.as_of,
            shortfall=snapshot.shortfall,
            by=by,
            rows=rows,
            other=rest,
            previous=period.previous,
        )


def _order(order: str | None, metrics: Sequence[Metric | WindowMetric]) -> tuple[Metric | WindowMetric | None, bool]:
    """Return the metric to order by, None for the key, and whether the largest comes first."""
    if order is None:
        return metrics[0], True
    name = order.removeprefix("-")
    return (None if name == _KEY else metric_named(name, "order")), order != name


def _figures(
    cells: GroupedCells, frames: Frames, formulas: Formulas, names: Sequence[str]
) -> Iterator[tuple[Shown, dict[str, Figure]]]:
    for group in cells.groups:
        now = formulas.totals(frames.current, cells.current.get(group) or Cells())
        before = None
        if frames.previous is not None and cells.previous is not None:
            before = formulas.totals(frames.previous, cells.previous.get(group) or Cells())
        yield group, figures(names, now, before)
