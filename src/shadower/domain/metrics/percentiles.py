"""Percentiles of durations, several from one pass over the histogram."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from shadower.domain.metrics.decimals import milliseconds_or_none
from shadower.domain.metrics.histogram import quantiles
from shadower.domain.metrics.tally import Tally


def percentiles(tally: Tally, qs: Sequence[Fraction]) -> list[Decimal | None]:
    """Return each quantile of the durations in milliseconds, None when there are none."""
    found = quantiles(tally.histogram, qs, tally.duration_min, tally.duration_max)
    return [milliseconds_or_none(value) for value in found]
