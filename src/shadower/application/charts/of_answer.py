"""The chart of a timeseries answer: chosen by what its metrics are, complete with data, for a notebook or a PDF."""

from collections.abc import Sequence

from shadower.application.charts.rows import Drawn, rows_of, shade
from shadower.application.charts.scales import Unit as AxisUnit
from shadower.application.charts.spec import Series, Spec, with_rows
from shadower.application.charts.theme import LIGHT, Ink, theme
from shadower.application.charts.timeseries import lines, percentile_band, stacked_bars
from shadower.application.charts.words import in_words
from shadower.domain.errors import Invalid
from shadower.domain.metrics.answer import Series as AnswerSeries
from shadower.domain.metrics.answer import Timeseries
from shadower.domain.metrics.catalogue import metric_named
from shadower.domain.metrics.definition import Kind, Unit
from shadower.domain.metrics.question import Dimension

WIDTH, HEIGHT = 640, 240

_AXES = {
    Unit.COUNT: AxisUnit.COUNT,
    Unit.TOKENS: AxisUnit.COUNT,
    Unit.RATIO: AxisUnit.RATIO,
    Unit.MILLISECONDS: AxisUnit.MILLISECONDS,
    Unit.CREDITS: AxisUnit.AMOUNT,
    Unit.CURRENCY: AxisUnit.AMOUNT,
    Unit.PER_HOUR: AxisUnit.AMOUNT,
}
_STATUS_INKS = {"success": "success", "failure": "failure", "cancelled": "cancelled", None: "none"}


class MixedUnits(Invalid):
    """One chart has one axis."""

    code = "mixed_units"


def chart_of(answer: Timeseries, *, ink: Ink = LIGHT, width: int = WIDTH, height: int = HEIGHT) -> Spec:
    """
    Return a Vega-Lite specification with the answer's data, theme and size inside.

    Sums are bars, stacked by group; three percentiles are a band; everything else is a line per series. Raises
    MixedUnits when the metrics have different units.
    """
    unit = _unit_of(answer)
    several = len({one.metric for one in answer.series}) > 1
    drawn = [Drawn(_title(one, several=several), one.values) for one in answer.series]
    before = None
    if answer.previous is not None and len(drawn) == 1:
        before = Drawn(drawn[0].title, answer.previous.series[0].values)
    rows = rows_of(answer, drawn, say=lambda value: in_words(value, unit), before=before)
    if _is_band(answer):
        shade(rows, drawn[0].title, drawn[-1].title)
    size = {"width": width, "height": height, "config": theme(ink)}
    return {**with_rows(_spec(answer, drawn, unit), rows.points, rows.buckets, rows.ticks), **size}


def _unit_of(answer: Timeseries) -> Unit:
    units = {metric_named(one.metric).unit for one in answer.series}
    if len(units) > 1:
        raise MixedUnits("One chart has one axis: ask for metrics of one unit, or draw one chart for each.")
    return next(iter(units), Unit.COUNT)


def _is_band(answer: Timeseries) -> bool:
    return [one.metric for one in answer.series] == ["p50", "p95", "p99"]


def _spec(answer: Timeseries, drawn: Sequence[Drawn], unit: Unit) -> Spec:
    metrics = [metric_named(name) for name in dict.fromkeys(one.metric for one in answer.series)]
    description = ", ".join(metric.title for metric in metrics) + " over time"
    if _is_band(answer):
        low, middle, high = (one.title for one in drawn)
        percentiles = Series(low, "low"), Series(middle, "middle"), Series(high, "high")
        return percentile_band(*percentiles, unit=_AXES[unit], description=description)
    series = [Series(one.title, name) for one, name in zip(drawn, _inks(answer), strict=True)]
    # Counts of different things overlap (a failure is an execution too): only groups of one metric add up.
    summed = [metric.kind for metric in metrics] == [Kind.BASE] and unit is not Unit.MILLISECONDS
    draw = stacked_bars if summed else lines
    return draw(series, unit=_AXES[unit], description=description)


def _title(series: AnswerSeries, *, several: bool) -> str:
    metric = metric_named(series.metric).title
    if series.group is None:
        return metric
    group = "all others" if series.group.is_rest else series.group.value or "not given"
    return f"{group}, {metric.lower()}" if several else group


def _inks(answer: Timeseries) -> Sequence[str]:
    """Statuses have colours of their own; other groups and metrics take them in turn."""
    inks = []
    for number, one in enumerate(answer.series):
        if one.group is not None and one.group.is_rest:
            inks.append("none")
        elif one.group is not None and one.group.dimension is Dimension.STATUS:
            inks.append(_STATUS_INKS.get(one.group.value, "none"))
        else:
            inks.append(f"groups[{number % len(LIGHT.groups)}]")
    return inks
