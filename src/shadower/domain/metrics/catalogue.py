"""
Every metric by name, with the one definition that all answers use.

A definition changes only together with its version and a line in the changelog. Most metrics are computed from the
tally of a range, whatever the range is: never from numbers of parts of it. The metrics over rolling local days are
computed from the users of each day.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from fractions import Fraction
from types import MappingProxyType

from shadower.domain.errors import Invalid
from shadower.domain.metrics.decimals import Value, quotient
from shadower.domain.metrics.definition import Metric, Unit, WindowMetric
from shadower.domain.metrics.measures import BASE_MEASURES
from shadower.domain.metrics.percentiles import percentiles
from shadower.domain.metrics.tally import IdSet, Needs, Tally
from shadower.domain.metrics.windows import MONTH_DAYS, distinct, stickiness


class UnknownMetric(Invalid):
    """No metric has this name."""

    code = "unknown_metric"


def metric_named(name: str, field: str = "metric") -> Metric | WindowMetric:
    """Return the definition of the name that a field gives. Raises UnknownMetric, with the nearest names."""
    if name in METRICS:
        return METRICS[name]
    near = get_close_matches(name[:64], METRICS)
    advice = f"Did you mean {' or '.join(near)}?" if near else "GET /api/v1/metrics lists them all."
    raise UnknownMetric(f"There is no metric {name[:64]!r}. {advice}", field=field)


def needs_of(metrics: Iterable[Metric | WindowMetric]) -> Needs:
    """Return the parts of a tally that computing all of these takes."""
    needs = Needs.SUMS
    for metric in metrics:
        needs |= metric.needs
    return needs


def _quotient(name: str, title: str, description: str, unit: Unit, parts: Callable[[Tally], tuple[int, int]]) -> Metric:
    def compute(tally: Tally, _hours: Fraction) -> Value:
        return quotient(*parts(tally))

    return Metric(name=name, title=title, description=description, unit=unit, compute=compute)


def _percentile(percent: int) -> Metric:
    q = Fraction(percent, 100)

    def compute(tally: Tally, _hours: Fraction) -> Value:
        return percentiles(tally, [q])[0]

    return Metric(
        name=f"p{percent}",
        title=f"Duration p{percent}",
        description=f"The duration that {percent} % of executions do not exceed, with a relative error of at most 1 %.",
        unit=Unit.MILLISECONDS,
        needs=Needs.HISTOGRAM,
        quantile=q,
        compute=compute,
    )


def _throughput() -> Metric:
    def compute(tally: Tally, hours: Fraction) -> Value:
        return quotient(tally.executions * hours.denominator, hours.numerator)

    return Metric(
        name="throughput",
        title="Throughput",
        description="Executions per hour of the range.",
        unit=Unit.PER_HOUR,
        compute=compute,
    )


def _distinct(name: str, what: str, needs: Needs, ids: Callable[[Tally], IdSet | None]) -> Metric:
    def compute(tally: Tally, _hours: Fraction) -> Value:
        return len(ids(tally) or ())

    return Metric(
        name=name,
        title=name.replace("_", " ").capitalize(),
        description=f"The exact number of distinct {what} with at least one event, events of Shadower itself left out.",
        unit=Unit.COUNT,
        needs=needs,
        compute=compute,
    )


def _rolling_users(name: str, title: str, days: int) -> WindowMetric:
    def series(users: Sequence[IdSet | None]) -> Sequence[Value]:
        return distinct(users, days)

    period = "that local day" if days == 1 else f"the {days} local days that end with that day"
    return WindowMetric(
        name=name,
        title=title,
        description=f"For each day, the exact number of distinct users with at least one event in {period}.",
        unit=Unit.COUNT,
        days=days,
        series=series,
    )


def _stickiness() -> WindowMetric:
    return WindowMetric(
        name="stickiness",
        title="Stickiness",
        description="The mean of the daily active users over the 30 days up to a day, by the monthly ones of that day.",
        unit=Unit.RATIO,
        days=MONTH_DAYS,
        series=stickiness,
    )


_DERIVED = (
    _quotient(
        "success_rate",
        "Success rate",
        "Successes among runs that succeeded or failed; cancelled ones are in neither.",
        Unit.RATIO,
        lambda t: (t.successes, t.successes + t.failures),
    ),
    _quotient(
        "error_rate",
        "Error rate",
        "Failures among runs that succeeded or failed; cancelled ones are in neither.",
        Unit.RATIO,
        lambda t: (t.failures, t.successes + t.failures),
    ),
    _quotient(
        "avg_duration",
        "Average duration",
        "The total duration of timed runs divided by their number.",
        Unit.MILLISECONDS,
        lambda t: (t.duration_sum, 1_000 * t.duration_count),
    ),
    *map(_percentile, (50, 75, 90, 95, 99)),
    _throughput(),
    _quotient(
        "credits_per_execution",
        "Credits per execution",
        "The credits of executions divided by their number.",
        Unit.CREDITS,
        lambda t: (t.execution_credits, 1_000_000 * t.executions),
    ),
    _quotient(
        "cost_per_success",
        "Cost per success",
        "The cost of executions divided by the number of successful ones.",
        Unit.CURRENCY,
        lambda t: (t.execution_cost, 1_000_000_000 * t.successes),
    ),
    _distinct("active_users", "users", Needs.USERS, lambda t: t.users),
    _distinct("active_agents", "agents", Needs.AGENTS, lambda t: t.agents),
    _distinct("sessions", "sessions", Needs.SESSIONS, lambda t: t.sessions),
)

_ROLLING = (
    _rolling_users("dau", "Daily active users", days=1),
    _rolling_users("wau", "Weekly active users", days=7),
    _rolling_users("mau", "Monthly active users", days=MONTH_DAYS),
    _stickiness(),
)

_ALL: tuple[Metric | WindowMetric, ...] = (*BASE_MEASURES, *_DERIVED, *_ROLLING)

METRICS: Mapping[str, Metric | WindowMetric] = MappingProxyType({metric.name: metric for metric in _ALL})
"""Every metric there is, in the order of the table in the documentation."""
