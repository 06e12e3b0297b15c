"""
What an answer about metrics says: its values, and the range, the time zone and the instant they hold for.

Every value of one answer comes from one instant of the log. Values are ints, decimals or None (`decimals.Value`); how
they are written is decided at the edge.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from shadower.domain.metrics.calendar import Bucket, Interval, Range
from shadower.domain.metrics.decimals import Value, change
from shadower.domain.metrics.gaps import Shortfall
from shadower.domain.metrics.question import Dimension, Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What every answer carries."""

    range: Range
    """What is counted. With a comparison, a range that is still running is cut at the present."""
    zone: ZoneInfo
    """Of the workspace; days, weeks and months are cut in it."""
    fresh_to: int
    """Micros: everything acknowledged before this is counted."""
    shortfall: Shortfall | None = None
    """Why something may be missing."""
    degraded: bool = False

    @property
    def exact(self) -> bool:
        """Whether every event of the range is counted."""
        return self.shortfall is None


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric of one range. Without a comparison, `previous` and `change` are None."""

    value: Value
    previous: Value = None
    change: Decimal | None = None
    """(value - previous) / previous; None when that is no number."""


def figures(names: Iterable[str], now: Mapping[str, Value], before: Mapping[str, Value] | None) -> dict[str, Figure]:
    """Return the metrics of these names, compared with those of the period before when there is one."""
    if before is None:
        return {name: Figure(now[name]) for name in names}
    return {name: Figure(now[name], before[name], change(now[name], before[name])) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary(Answer):
    """Metrics of a whole range, by name, in the order asked for."""

    metrics: Mapping[str, Figure]
    previous: Range | None = None


@dataclass(frozen=True, slots=True)
class SeriesGroup:
    """
    Which events a series is about: those with this value of the dimension, or those beyond the top N.

    A value of None means events that lack the dimension. The rest is told apart by `is_rest`, because "other" may well
    be somebody's value.
    """

    dimension: Dimension
    value: Group = None
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """One metric over the buckets of a period, and over all of it: computed from its events, not from the values."""

    metric: str
    group: SeriesGroup | None
    values: Sequence[Value]
    """One for each bucket, in their order."""
    total: Value
    """Of a metric over rolling days: its value for the last day."""


@dataclass(frozen=True, slots=True)
class PeriodSeries:
    """The series of the previous period: as many buckets as the current one, each to be compared with its like."""

    range: Range
    buckets: Sequence[Bucket]
    series: Sequence[Series]
    """The same metrics and groups as in the current period, in the same order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeseries(Answer):
    """Metrics over time: for each group, the largest first and the rest last, one series per metric as asked for."""

    interval: Interval
    buckets: Sequence[Bucket]
    """`label` is where a bucket begins on the calendar: the `start` of a point."""
    series: Sequence[Series]
    previous: PeriodSeries | None = None

    def points(self, series: Series) -> Iterator[tuple[int, Value]]:
        """Yield (micros, value) of one series of the current period."""
        return ((bucket.label, value) for bucket, value in zip(self.buckets, series.values, strict=True))


@dataclass(frozen=True, slots=True)
class Row:
    """One group of a breakdown; `key` None is the events that lack the dimension."""

    key: Group
    metrics: Mapping[str, Figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown(Answer):
    """Metrics of a whole range for each value of a dimension, in the order asked for."""

    by: Dimension
    rows: Sequence[Row]
    other: Mapping[str, Figure] | None
    """All events beyond the rows together, None when there are none."""
    previous: Range | None = None
