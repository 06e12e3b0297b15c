"""The base measures: what is summed over events, as metrics of their own."""

from collections.abc import Callable
from fractions import Fraction

from shadower.domain.metrics.decimals import Value, credit_units, currency, milliseconds, milliseconds_or_none
from shadower.domain.metrics.definition import Kind, Metric, Unit
from shadower.domain.metrics.tally import Tally


def _base(name: str, title: str, description: str, unit: Unit, value: Callable[[Tally], Value]) -> Metric:
    def compute(tally: Tally, _hours: Fraction) -> Value:
        return value(tally)

    return Metric(name=name, title=title, description=description, unit=unit, kind=Kind.BASE, compute=compute)


BASE_MEASURES = (
    _base("events", "Events", "The number of events.", Unit.COUNT, lambda t: t.events),
    _base("executions", "Executions", "The number of finished runs.", Unit.COUNT, lambda t: t.executions),
    _base("successes", "Successes", "The number of runs that succeeded.", Unit.COUNT, lambda t: t.successes),
    _base("failures", "Failures", "The number of runs that failed.", Unit.COUNT, lambda t: t.failures),
    _base("cancelled", "Cancelled", "The number of runs that were cancelled.", Unit.COUNT, lambda t: t.cancelled),
    _base(
        "duration_count",
        "Timed runs",
        "The number of runs that tell how long they took.",
        Unit.COUNT,
        lambda t: t.duration_count,
    ),
    _base(
        "duration_sum",
        "Total duration",
        "How long all runs took together.",
        Unit.MILLISECONDS,
        lambda t: milliseconds(t.duration_sum),
    ),
    _base(
        "duration_min",
        "Shortest duration",
        "How long the fastest run took.",
        Unit.MILLISECONDS,
        lambda t: milliseconds_or_none(t.duration_min),
    ),
    _base(
        "duration_max",
        "Longest duration",
        "How long the slowest run took.",
        Unit.MILLISECONDS,
        lambda t: milliseconds_or_none(t.duration_max),
    ),
    _base(
        "credits",
        "Credits",
        "The credits of all events that carry them.",
        Unit.CREDITS,
        lambda t: credit_units(t.credits),
    ),
    _base("cost", "Cost", "The cost of all events that carry one.", Unit.CURRENCY, lambda t: currency(t.cost)),
    _base("tokens_in", "Tokens in", "The tokens read, over all events.", Unit.TOKENS, lambda t: t.tokens_in),
    _base("tokens_out", "Tokens out", "The tokens written, over all events.", Unit.TOKENS, lambda t: t.tokens_out),
)
