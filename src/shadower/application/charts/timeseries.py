"""Charts of values over time. Every function is pure: titles and inks in, a Vega-Lite specification out."""

from collections.abc import Sequence

from shadower.application.charts.scales import Unit, time_axis, time_params, value_axis
from shadower.application.charts.spec import BEFORE, BUCKETS, POINTS, SCHEMA, Series, Spec

_CURRENT = {"filter": "datum.period === 'current'"}
_GAP = f"-min(1, 0.2 * width / max(1, length(data('{BUCKETS}'))))"
"""Between bars: a pixel, and less when they are thin."""
_PREVIOUS = {"filter": "datum.period === 'previous'"}
_TARGETS = "targets"
"""The layer that is pointed at."""


def stacked_bars(series: Sequence[Series], *, unit: Unit, description: str) -> Spec:
    """One bar per bucket, the series on top of each other in the order given. A running bucket is drawn paler."""
    bars: Spec = {
        "transform": [
            _CURRENT,
            {"stack": "value", "groupby": ["start"], "sort": [{"field": "rank"}], "as": ["bottom", "top"]},
        ],
        "mark": {"type": "rect", "x2Offset": {"expr": _GAP}},
        "encoding": {
            "x": {"field": "start", "type": "quantitative", **time_axis()},
            "x2": {"field": "end"},
            "y": {"field": "bottom", "type": "quantitative", **value_axis(unit)},
            "y2": {"field": "top"},
            "color": _colour(series),
            "opacity": {"condition": {"test": "datum.partial", "value": 0.55}, "value": 1},
        },
    }
    return _chart([bars, _before(unit), _pointer(series)], series, description)


def stacked_area(series: Sequence[Series], *, unit: Unit, description: str) -> Spec:
    """The series on top of each other as areas: for shares that change slowly over many buckets."""
    area: Spec = {
        "transform": [_CURRENT],
        "mark": {"type": "area", "interpolate": "linear", "fillOpacity": 0.85},
        "encoding": {
            "x": {"field": "at", "type": "quantitative", **time_axis()},
            "y": {"field": "value", "type": "quantitative", "stack": "zero", **value_axis(unit)},
            "color": _colour(series),
            "order": {"field": "rank", "type": "quantitative"},
        },
    }
    return _chart([area, _before(unit), _pointer(series)], series, description)


def lines(series: Sequence[Series], *, unit: Unit, description: str) -> Spec:
    """One line per series, broken where there is no value. A value between two gaps is drawn as a dot."""
    return _chart(
        [_before(unit), *_strokes(series, unit), _pointer(series)],
        series,
        description,
    )


def percentile_band(low: Series, middle: Series, high: Series, *, unit: Unit, description: str) -> Spec:
    """Three percentiles: a line each, and the space from the lowest to the highest shaded."""
    series = (low, middle, high)
    band: Spec = {
        "data": {"name": BUCKETS},
        "mark": {"type": "area", "fill": {"expr": f"ink.{middle.ink}"}, "fillOpacity": 0.1},
        "encoding": {
            "x": {"field": "at", "type": "quantitative", **time_axis()},
            "y": {"field": "low", "type": "quantitative", **value_axis(unit)},
            "y2": {"field": "high"},
        },
    }
    return _chart([band, _before(unit), *_strokes(series, unit), _pointer(series)], series, description)


def _strokes(series: Sequence[Series], unit: Unit) -> list[Spec]:
    encoding: Spec = {
        "x": {"field": "at", "type": "quantitative", **time_axis()},
        "y": {"field": "value", "type": "quantitative", **value_axis(unit)},
        "color": _colour(series),
    }
    alone = {"filter": "datum.alone"}
    return [
        {
            "transform": [_CURRENT],
            "mark": {"type": "line", "strokeWidth": 1.75, "strokeJoin": "round"},
            "encoding": encoding,
        },
        {"transform": [_CURRENT, alone], "mark": {"type": "point", "filled": True, "size": 24}, "encoding": encoding},
    ]


def _before(unit: Unit) -> Spec:
    """The previous period, laid over the current one bucket by bucket; nothing when the rows hold none."""
    return {
        "transform": [_PREVIOUS],
        "mark": {"type": "line", "style": "before", "stroke": {"expr": "ink.before"}},
        "encoding": {
            "x": {"field": "at", "type": "quantitative", **time_axis()},
            "y": {"field": "value", "type": "quantitative", **value_axis(unit)},
        },
    }


def _pointer(series: Sequence[Series]) -> Spec:
    """A full-height target per bucket, so that a reader need not hit a line to read all its values."""
    titles = [one.title for one in series] + [BEFORE]
    tooltip = [{"field": "when", "title": "title"}, *({"field": title, "title": title} for title in titles)]
    return {
        "name": _TARGETS,
        "data": {"name": BUCKETS},
        "mark": {"type": "rect", "fill": {"expr": "ink.text"}, "cursor": "pointer", "tooltip": True},
        "encoding": {
            "x": {"field": "start", "type": "quantitative", **time_axis()},
            "x2": {"field": "end"},
            "opacity": {"condition": {"param": "pointed", "empty": False, "value": 0.07}, "value": 0},
            "tooltip": [{**field, "type": "nominal"} for field in tooltip],
            "description": {"field": "summary", "type": "nominal"},
        },
    }


def _pointed() -> Spec:
    """The bucket under the pointer. At the top, because Altair takes it out of the layer and forgets whose it is."""
    select = {"type": "point", "fields": ["start"], "on": "pointerover", "clear": "pointerout"}
    return {"name": "pointed", "select": select, "views": [_TARGETS]}


def _colour(series: Sequence[Series]) -> Spec:
    return {
        "field": "series",
        "type": "nominal",
        "scale": {
            "domain": [one.title for one in series],
            "range": [{"expr": f"ink.{one.ink}"} for one in series],
        },
    }


def _chart(layers: list[Spec], series: Sequence[Series], description: str) -> Spec:
    return {
        "$schema": SCHEMA,
        "description": description,
        "width": "container",
        "height": "container",
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"name": POINTS},
        "params": [*time_params(), _pointed()],
        "layer": layers,
        "usermeta": {"series": [{"title": one.title, "ink": one.ink} for one in series]},
    }
