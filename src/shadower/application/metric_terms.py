"""The words of a question, each checked against what there is."""

from collections.abc import Iterable, Sequence

from shadower.domain.errors import Invalid
from shadower.domain.metrics.calendar import Interval
from shadower.domain.metrics.catalogue import metric_named
from shadower.domain.metrics.definition import Metric, WindowMetric
from shadower.domain.metrics.question import Dimension


class UnknownDimension(Invalid):
    """Events cannot be grouped by this."""

    code = "unknown_dimension"


class UnknownInterval(Invalid):
    """Ranges cannot be cut like this."""

    code = "unknown_interval"


class LimitInvalid(Invalid):
    """More or fewer groups than an answer can show."""

    code = "limit_invalid"


def metrics_named(names: Iterable[str], default: Iterable[str]) -> Sequence[Metric | WindowMetric]:
    """Return each metric once, in the order named; the default ones when none is. Raises UnknownMetric."""
    return [metric_named(name) for name in dict.fromkeys(names) or default]


SHORT_NAMES = {"agent": Dimension.AGENT, "user": Dimension.USER, "session": Dimension.SESSION}
"""As people say them."""


def dimension_named(name: str, field: str) -> Dimension:
    """Return the dimension of this name, which may be a short one. Raises UnknownDimension."""
    if name in SHORT_NAMES:
        return SHORT_NAMES[name]
    if name not in list(Dimension):
        raise UnknownDimension(f"{field} must be one of {', '.join(Dimension)}, not {name[:64]!r}.", field=field)
    return Dimension(name)


def interval_named(name: str) -> Interval:
    """Raises UnknownInterval."""
    if name not in list(Interval):
        raise UnknownInterval(f"interval must be one of {', '.join(Interval)}, not {name[:64]!r}.", field="interval")
    return Interval(name)


def check_within(number: int, most: int, field: str) -> None:
    """Raise LimitInvalid unless the number is 1 to `most`."""
    if not 1 <= number <= most:
        raise LimitInvalid(f"{field} must be 1 to {most:,}, not {number}.", field=field)
