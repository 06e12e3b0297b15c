"""The metrics of one question, computed from what was counted."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from shadower.domain.events.moments import HOUR
from shadower.domain.metrics.catalogue import needs_of
from shadower.domain.metrics.cells import Cells, Frame
from shadower.domain.metrics.decimals import Value
from shadower.domain.metrics.definition import Metric, WindowMetric
from shadower.domain.metrics.percentiles import percentiles
from shadower.domain.metrics.tally import Tally

_ANY = Fraction(1)


class Formulas:
    """Values always come from tallies of the whole thing they are about, never from values of its parts."""

    def __init__(self, metrics: Sequence[Metric | WindowMetric]) -> None:
        self.metrics = tuple(metrics)
        self.names = tuple(metric.name for metric in metrics)
        plain = [metric for metric in metrics if isinstance(metric, Metric)]
        self.counts = bool(plain)
        """Whether any metric is computed from the tally of a range."""
        self.needs = needs_of(plain)
        """What these take of a tally."""
        self._rolling = [metric for metric in metrics if isinstance(metric, WindowMetric)]
        self.window = max((metric.days for metric in self._rolling), default=0)
        """How many local days the longest metric over rolling days takes; 0 without any."""
        self._computed = [metric for metric in plain if metric.quantile is None]
        self._quantiles = {metric.name: metric.quantile for metric in plain if metric.quantile is not None}
        self._empty = self._of_tally(Tally(), _ANY)
        self._nothing: Mapping[str, Value] = dict.fromkeys(self._empty)

    def totals(self, frame: Frame, cells: Cells) -> dict[str, Value]:
        """Return each metric of the whole range, those over rolling days for its last day."""
        values = self._of_tally(cells.total(), _hours(frame.range.length)) if self.counts else {}
        users = cells.users(len(frame.days))
        values |= {metric.name: metric.series(users[-metric.days :])[-1] for metric in self._rolling}
        return {name: values[name] for name in self.names}

    def over_time(self, frame: Frame, cells: Cells) -> dict[str, Sequence[Value]]:
        """Return each metric for every bucket, those over rolling days for the local days of the range in turn."""
        of_buckets = [
            self._of_tally(cells.buckets[number], _hours(bucket.end - bucket.start))
            if number in cells.buckets
            else (self._empty if bucket.start < bucket.end else self._nothing)
            for number, bucket in enumerate(frame.buckets)
        ]
        series: dict[str, Sequence[Value]] = {name: [values[name] for values in of_buckets] for name in self._empty}
        return series | self._rolled(frame, cells)

    def _of_tally(self, tally: Tally, hours: Fraction) -> dict[str, Value]:
        values: dict[str, Value] = {metric.name: metric.compute(tally, hours) for metric in self._computed}
        if self._quantiles:
            values |= zip(self._quantiles, percentiles(tally, list(self._quantiles.values())), strict=True)
        return values

    def _rolled(self, frame: Frame, cells: Cells) -> dict[str, Sequence[Value]]:
        if not self._rolling:
            return {}
        users, wanted = cells.users(len(frame.days)), len(frame.buckets)
        found: dict[str, Sequence[Value]] = {}
        for metric in self._rolling:
            values = metric.series(users[self.window - metric.days :])[:wanted]
            found[metric.name] = [*values, *[None] * (wanted - len(values))]
        return found


@lru_cache(maxsize=32)
def _hours(length: int) -> Fraction:
    """Return microseconds in hours; most buckets are equally long."""
    return Fraction(length, HOUR)
