"""
Answers about metrics. Counts are numbers, every other value is a decimal text or null.

An answer that is not `exact` has a `reason`.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from shadower.domain.metrics.answer import (
    Answer,
    Breakdown,
    Figure,
    PeriodSeries,
    Series,
    SeriesGroup,
    Summary,
    Timeseries,
)
from shadower.domain.metrics.calendar import Bucket, Range
from shadower.domain.metrics.decimals import Value, plain_text
from shadower.domain.metrics.definition import Metric, WindowMetric
from shadower.entrypoints.http.wire.times import local, utc

Number = int | str | None
"""A count, a decimal as text, or nothing."""

OTHER = "other"
"""What the rest of a top N is called."""


class MetricOut(Struct, frozen=True):
    """One metric, by its one definition; `version` counts the changes of it."""

    name: str
    title: str
    description: str
    unit: str
    kind: str
    version: int


class MetricPage(Struct, frozen=True):
    """One page of metrics."""

    items: Sequence[MetricOut]
    next_cursor: str | None


class SpanOut(Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """A range of time, its end excluded, in the workspace's time zone."""

    start: str
    end: str


class FigureOut(Struct, frozen=True):
    """One metric of a range. `change` is (value - previous) / previous."""

    value: Number
    previous: Number
    change: Number


class SummaryOut(Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """Metrics of a whole range."""

    metrics: Mapping[str, FigureOut]
    time_zone: str
    start: str
    end: str
    previous: SpanOut | None
    fresh_to: str
    exact: bool
    reason: str | None
    degraded: bool


class PointOut(Struct, frozen=True):
    """One bucket: where it begins on the calendar, and the value of what of it lies in the range."""

    start: str
    value: Number


class SeriesOut(Struct, frozen=True):
    """One metric over time. `total` is computed over the whole range, not from the points."""

    metric: str
    group: Mapping[str, str | None] | None
    """Dimension to value; a value of null stands for events that lack it."""
    other: bool
    """Whether this is the rest of a top N, whose group is called `other`."""
    points: Sequence[PointOut]
    total: Number


class PeriodOut(Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """The period before, bucket by bucket as the current one."""

    start: str
    end: str
    series: Sequence[SeriesOut]


class TimeseriesOut(Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """Metrics over time."""

    interval: str
    time_zone: str
    start: str
    end: str
    fresh_to: str
    exact: bool
    reason: str | None
    degraded: bool
    series: Sequence[SeriesOut]
    previous: PeriodOut | None


class RowOut(Struct, frozen=True):
    """One value of the dimension; a key of null stands for events that lack it."""

    key: str | None
    values: Mapping[str, Number]
    previous: Mapping[str, Number] | None
    change: Mapping[str, Number] | None


class RestOut(Struct, frozen=True):
    """All other values of the dimension together, computed from their events."""

    values: Mapping[str, Number]
    previous: Mapping[str, Number] | None
    change: Mapping[str, Number] | None


class BreakdownOut(Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """Metrics by the values of a dimension."""

    by: str
    rows: Sequence[RowOut]
    other: RestOut | None
    time_zone: str
    start: str
    end: str
    previous: SpanOut | None
    fresh_to: str
    exact: bool
    reason: str | None
    degraded: bool


def metric_out(metric: Metric | WindowMetric) -> MetricOut:
    """Return what is told of a metric."""
    return MetricOut(metric.name, metric.title, metric.description, metric.unit, metric.kind, metric.version)


def summary_out(summary: Summary) -> SummaryOut:
    """Return the answer of a summary."""
    metrics = {name: _figure(figure) for name, figure in summary.metrics.items()}
    return SummaryOut(metrics=metrics, previous=_span(summary.previous, summary), **_common(summary))


def timeseries_out(answer: Timeseries) -> TimeseriesOut:
    """Return the answer of a timeseries."""
    starts = _starts(answer.buckets, answer)
    previous = None if answer.previous is None else _period(answer.previous, answer)
    series = [_series(each, starts) for each in answer.series]
    return TimeseriesOut(interval=answer.interval, series=series, previous=previous, **_common(answer))


def breakdown_out(answer: Breakdown) -> BreakdownOut:
    """Return the answer of a breakdown."""
    compared = answer.previous is not None
    rows = [RowOut(row.key, *_columns(row.metrics, compared=compared)) for row in answer.rows]
    other = None if answer.other is None else RestOut(*_columns(answer.other, compared=compared))
    return BreakdownOut(
        by=answer.by, rows=rows, other=other, previous=_span(answer.previous, answer), **_common(answer)
    )


def number(value: Value) -> Number:
    """Return a value as it is written."""
    return plain_text(value) if isinstance(value, Decimal) else value


def _common(answer: Answer) -> dict[str, Any]:
    return {
        "time_zone": answer.zone.key,
        "start": local(answer.range.start, answer.zone),
        "end": local(answer.range.end, answer.zone),
        "fresh_to": utc(answer.fresh_to),
        "exact": answer.exact,
        "reason": None if answer.shortfall is None else str(answer.shortfall),
        "degraded": answer.degraded,
    }


def _span(range_: Range | None, answer: Answer) -> SpanOut | None:
    return None if range_ is None else SpanOut(local(range_.start, answer.zone), local(range_.end, answer.zone))


def _period(period: PeriodSeries, answer: Answer) -> PeriodOut:
    starts = _starts(period.buckets, answer)
    return PeriodOut(
        local(period.range.start, answer.zone),
        local(period.range.end, answer.zone),
        [_series(each, starts) for each in period.series],
    )


def _starts(buckets: Sequence[Bucket], answer: Answer) -> list[str]:
    return [local(bucket.label, answer.zone) for bucket in buckets]


def _series(series: Series, starts: Sequence[str]) -> SeriesOut:
    points = [PointOut(start, number(value)) for start, value in zip(starts, series.values, strict=True)]
    group = series.group
    is_rest = group is not None and group.is_rest
    return SeriesOut(series.metric, _group(group), is_rest, points, number(series.total))


def _group(group: SeriesGroup | None) -> Mapping[str, str | None] | None:
    return None if group is None else {group.dimension: OTHER if group.is_rest else group.value}


def _figure(figure: Figure) -> FigureOut:
    return FigureOut(number(figure.value), number(figure.previous), number(figure.change))


def _columns(
    figures: Mapping[str, Figure], *, compared: bool
) -> tuple[dict[str, Number], dict[str, Number] | None, dict[str, Number] | None]:
    values = {name: number(figure.value) for name, figure in figures.items()}
    if not compared:
        return values, None, None
    previous = {name: number(figure.previous) for name, figure in figures.items()}
    change = {name: number(figure.change) for name, figure in figures.items()}
    return values, previous, change
