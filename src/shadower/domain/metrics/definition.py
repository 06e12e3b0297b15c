"""What a metric is: a name, what to tell about it, what it needs, and how its value is computed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from shadower.domain.metrics.decimals import Value
from shadower.domain.metrics.tally import IdSet, Needs, Tally


class Unit(StrEnum):
    """What the number of a metric counts."""

    COUNT = "count"
    RATIO = "ratio"
    MILLISECONDS = "ms"
    CREDITS = "credits"
    CURRENCY = "currency"
    TOKENS = "tokens"
    PER_HOUR = "per_hour"


class Kind(StrEnum):
    """Whether a metric is summed over events or derived from such sums."""

    BASE = "base"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What is told about every metric."""

    name: str
    title: str
    description: str
    unit: Unit
    kind: Kind = Kind.DERIVED
    version: int = 1
    needs: Needs = Needs.SUMS
    """The parts of a tally it is computed from, beyond the sums."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric(Definition):
    """A metric of the events of a range."""

    compute: Callable[[Tally, Fraction], Value]
    """
    From the tally of a range and the length of the range in hours. Without events, counts, sums and rates per hour are
    0 and all others None.
    """
    quantile: Fraction | None = None
    """Of a percentile: which one, so that several may be read in one pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowMetric(Definition):
    """
    A metric of the local days that end with a given day, that day included.

    It has a value per local day and none for any other range: one for each day that has `days - 1` days before it.
    """

    days: int
    needs: Needs = Needs.USERS
    series: Callable[[Sequence[IdSet | None]], Sequence[Value]]
    """From the active users of each local day, oldest first; the first `days - 1` days only lead in."""
