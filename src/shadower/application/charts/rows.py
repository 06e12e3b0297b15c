"""From a timeseries answer to the data a chart draws. The browser does the same with the answer it gets as JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from shadower.application.charts.spec import BEFORE
from shadower.application.charts.ticks import ticks_of
from shadower.domain.events.moments import DAY, HOUR
from shadower.domain.metrics.answer import Timeseries
from shadower.domain.metrics.calendar import Interval, local_time
from shadower.domain.metrics.decimals import Value

Row = dict[str, Any]
Say = Callable[[Value], str]
"""How an exact value reads."""

TO = "\N{EN DASH}"
_NOMINAL = {
    Interval.QUARTER_HOUR: HOUR // 4,
    Interval.HOUR: HOUR,
    Interval.DAY: DAY,
    Interval.WEEK: 7 * DAY,
    Interval.MONTH: 30 * DAY,
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """The values to draw under a title, one per bucket."""

    title: str
    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class Rows:
    """The two data sets of a chart, and the labels of its time axis: milliseconds → text."""

    points: list[Row]
    buckets: list[Row]
    ticks: Mapping[int, str]


def rows_of(answer: Timeseries, drawn: Sequence[Drawn], *, say: Say, before: Drawn | None = None) -> Rows:
    """Return the rows of these series, and those of the previous period when `before` is given."""
    spans = _spans(answer)
    buckets = [dict(span) for span in spans]
    points: list[Row] = []
    for rank, one in enumerate(drawn):
        points += _points(spans, one, rank, "current")
        _tell(buckets, one, say)
    if before is not None:
        named = Drawn(BEFORE, before.values)
        points += _points(spans, named, len(drawn), "previous")
        _tell(buckets, named, say)
    titles = [one.title for one in drawn]
    for bucket in buckets:
        values = ", ".join(f"{title} {bucket.get(title, 'none')}" for title in titles)
        bucket["summary"] = f"{bucket['when']}: {values}"
    return Rows(points, buckets, ticks_of([bucket.label for bucket in answer.buckets], answer.interval, answer.zone))


def shade(rows: Rows, low: str, high: str) -> None:
    """Add what a band between two series needs to the buckets."""
    for name, title in (("low", low), ("high", high)):
        values = [row["value"] for row in rows.points if row["series"] == title and row["period"] == "current"]
        for bucket, value in zip(rows.buckets, values, strict=True):
            bucket[name] = value


def _spans(answer: Timeseries) -> list[Row]:
    """Each bucket whole, as wide as it is on the calendar, however much of it lies in the range."""
    labels = [bucket.label for bucket in answer.buckets]
    last = max(answer.range.end, labels[-1] + _NOMINAL[answer.interval]) if labels else 0
    edges = [*labels, last]
    return [
        {
            "start": start // 1000,
            "end": end // 1000,
            "at": (start + end) // 2000,
            "partial": bucket.start > start or bucket.end < end,
            "when": _words(answer, start, end),
        }
        for bucket, (start, end) in zip(answer.buckets, pairwise(edges), strict=True)
    ]


def _points(spans: Sequence[Row], one: Drawn, rank: int, period: str) -> list[Row]:
    numbers = [None if value is None else float(value) for value in one.values]
    padded = [None, *numbers, None]
    return [
        {
            **span,
            "series": one.title,
            "rank": rank,
            "period": period,
            "value": number,
            "alone": number is not None and padded[i] is None and padded[i + 2] is None,
        }
        for i, (span, number) in enumerate(zip(spans, numbers, strict=False))
    ]


def _tell(buckets: list[Row], one: Drawn, say: Say) -> None:
    for bucket, value in zip(buckets, one.values, strict=False):
        if value is not None:
            bucket[one.title] = say(value)


def _words(answer: Timeseries, start: int, end: int) -> str:
    begin, finish = local_time(start, answer.zone), local_time(end, answer.zone)
    day = f"{begin:%a} {begin.day} {begin:%b %Y}"
    if answer.interval in {Interval.QUARTER_HOUR, Interval.HOUR}:
        return f"{day}, {begin:%H:%M}{TO}{finish:%H:%M}"
    if answer.interval is Interval.MONTH:
        return f"{begin:%B %Y}"
    if answer.interval is Interval.WEEK:
        last = finish - timedelta(days=1)
        return f"{begin.day} {begin:%b} {TO} {last.day} {last:%b %Y}"
    return day
