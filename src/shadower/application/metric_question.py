"""
What can be asked about metrics, as somebody asks it: names and times are text, checked when the question is answered.

A period is a timeframe, or from and to, or neither: then it is the last seven days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shadower.domain.events.filters import Filters

ALL_TIME = "all"
"""The timeframe from the first event on."""
DEFAULT_TIMEFRAME = "7d"
DEFAULT_TOP = 10
MOST_TOP = 100
DEFAULT_ROWS = 100
MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricQuestion:
    """The part all questions share, and all there is to one about whole ranges."""

    metrics: Sequence[str] = ()
    """Names, in the order wanted; repeats count once. None at all stands for a default set."""
    timeframe: str | None = None
    """`24h`, `7d`, `30d`, `90d`, `1y`, or `all`; not together with `start` or `end`."""
    start: str | int | None = None
    """Included. Micros, or text: RFC 3339, or a date or time in the workspace's time zone."""
    end: str | int | None = None
    """Excluded; as `start`. Now when only `start` is given."""
    filters: Filters = field(default_factory=dict)
    compare: bool = False
    """Whether to compare with the period of the same length immediately before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeseriesQuestion(MetricQuestion):
    """Metrics over time. Without metrics: `executions`."""

    interval: str | None = None
    """`15m`, `hour`, `day`, `week` or `month`; by default one that suits the length of the range."""
    group_by: str | None = None
    """The name of a dimension."""
    top: int = DEFAULT_TOP
    """How many groups get series of their own, 1 to 100; the rest is one group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakdownQuestion(MetricQuestion):
    """Metrics by the values of a dimension."""

    by: str
    """The name of a dimension."""
    order: str | None = None
    """A metric or `key`, with `-` for descending; by default the first metric, descending."""
    limit: int = DEFAULT_ROWS
    """How many rows, 1 to 1,000; the rest is one group."""
