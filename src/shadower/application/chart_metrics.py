"""Chart metrics over time: one value per bucket, of everything or of each group."""

from collections.abc import Mapping, Sequence

from shadower.application.grouped_reading import Frames, GroupedReading
from shadower.application.local_calendar import LocalCalendar, local_calendar
from shadower.application.metric_period import Period, period_of
from shadower.application.metric_question import MOST_TOP, TimeseriesQuestion
from shadower.application.metric_terms import check_within, dimension_named, interval_named, metrics_named
from shadower.application.ports.snapshot import OpenSnapshot
from shadower.application.ports.work import BeginWork
from shadower.domain.errors import Invalid
from shadower.domain.events.event import WorkspaceId
from shadower.domain.metrics.answer import PeriodSeries, Series, Timeseries
from shadower.domain.metrics.bucketing import aligned, interval_for
from shadower.domain.metrics.calendar import Interval, buckets
from shadower.domain.metrics.cells import Cells, Frame, cut_frame
from shadower.domain.metrics.definition import WindowMetric
from shadower.domain.metrics.formulas import Formulas
from shadower.domain.metrics.ranking import Ordering, Shown

MOST_POINTS = 100_000


class IntervalUnsupported(Invalid):
    """A metric over rolling local days has values for days, and for nothing shorter or longer."""

    code = "interval_unsupported"


class TooManyPoints(Invalid):
    """Metrics, groups and buckets multiply to more than one answer can hold."""

    code = "too_many_points"


class ChartMetrics:
    """
    Buckets without events are there, with 0 or None; groups come by the total of the first metric, the largest first.

    Beyond the top N, everything is one group; totals are computed from the events. The period before is cut into the
    same number of buckets. Everything is read from one snapshot. Raises UnknownMetric, UnknownDimension,
    UnknownInterval, IntervalUnsupported, LimitInvalid, UnknownTimeframe, PeriodInvalid, MomentInvalid, InvalidRange,
    TooManyBuckets, TooManyPoints, WorkspaceNotFound, QueryTimeout, StoreUnavailable.
    """

    def __init__(self, open_snapshot: OpenSnapshot, begin: BeginWork) -> None:
        self._open = open_snapshot
        self._begin = begin

    async def __call__(self, workspace: WorkspaceId, question: TimeseriesQuestion) -> Timeseries:
        formulas = Formulas(metrics_named(question.metrics, default=["executions"]))
        by = None if question.group_by is None else dimension_named(question.group_by, "group_by")
        chosen = _chosen_interval(question, formulas)
        check_within(question.top, MOST_TOP, "top")
        calendar = await local_calendar(workspace, self._begin)
        async with self._open(workspace) as snapshot:
            period = await period_of(question, calendar.zone, snapshot)
            interval = chosen or interval_for(period.current)
            frames = _frames(period, interval, formulas.window, calendar)
            _check_points(frames.current, formulas, 1 if by is None else question.top + 1)
            read = GroupedReading(snapshot, formulas, question.filters, calendar.zone)
            if by is None:
                cells = await read.ungrouped(frames)
            else:
                cells = await read.groups(frames, by, Ordering(formulas.metrics[0]), question.top)
        before = None
        if frames.previous is not None and cells.previous is not None:
            series = _series(formulas, frames.previous, cells.groups, cells.previous)
            before = PeriodSeries(frames.previous.range, frames.previous.buckets, series)
        return Timeseries(
            range=period.current,
            zone=calendar.zone,
            fresh_to=snapshot.as_of,
            shortfall=snapshot.shortfall,
            interval=interval,
            buckets=frames.current.buckets,
            series=_series(formulas, frames.current, cells.groups, cells.current),
            previous=before,
        )


def _chosen_interval(question: TimeseriesQuestion, formulas: Formulas) -> Interval | None:
    chosen = None if question.interval is None else interval_named(question.interval)
    if not formulas.window:
        return chosen
    if chosen not in (None, Interval.DAY):
        names = ", ".join(metric.name for metric in formulas.metrics if isinstance(metric, WindowMetric))
        raise IntervalUnsupported(f"{names} have values per day: take interval day.", field="interval")
    return Interval.DAY


def _frames(period: Period, interval: Interval, window: int, calendar: LocalCalendar) -> Frames:
    zone = calendar.zone
    cut = buckets(period.current, interval, zone, calendar.first_weekday)
    current = cut_frame(period.current, cut, window, zone)
    if period.previous is None:
        return Frames(current, None)
    earlier = aligned(cut, period.current, period.previous, zone)
    return Frames(current, cut_frame(period.previous, earlier, window, zone))


def _check_points(frame: Frame, formulas: Formulas, groups: int) -> None:
    points = len(frame.buckets) * len(formulas.names) * groups
    if points > MOST_POINTS:
        raise TooManyPoints(
            f"{len(frame.buckets):,} buckets of {len(formulas.names)} metrics for up to {groups} groups are more than "
            f"{MOST_POINTS:,} points. Take a coarser interval, a shorter range, fewer metrics or a smaller top.",
            field="interval",
        )


def _series(formulas: Formulas, frame: Frame, groups: Sequence[Shown], cells: Mapping[Shown, Cells]) -> list[Series]:
    series = []
    for group in groups:
        found = cells.get(group) or Cells()
        totals, values = formulas.totals(frame, found), formulas.over_time(frame, found)
        series += [Series(name, group, values[name], totals[name]) for name in formulas.names]
    return series
