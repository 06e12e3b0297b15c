"""How values become axis labels: one rule per kind of value, so that the same number reads the same everywhere."""

from enum import Enum

from shadower.application.charts.spec import Spec


class Unit(Enum):
    """What a value axis counts in."""

    COUNT = "count"
    AMOUNT = "amount"
    RATIO = "ratio"
    MILLISECONDS = "milliseconds"


_LABELS = {
    Unit.COUNT: "datum.value % 1 ? '' : datum.value >= 1000 ? format(datum.value, '.3~s') : format(datum.value, '~f')",
    Unit.AMOUNT: "datum.value >= 1000 ? format(datum.value, '.3~s') : format(datum.value, '.4~r')",
    Unit.RATIO: "format(datum.value, '.4~%')",
    Unit.MILLISECONDS: (
        "datum.value >= 3600000 ? format(datum.value / 3600000, '.3~r') + ' h' : "
        "datum.value >= 60000 ? format(datum.value / 60000, '.3~r') + ' min' : "
        "datum.value >= 1000 ? format(datum.value / 1000, '.3~r') + ' s' : format(datum.value, '.3~r') + ' ms'"
    ),
}


def value_axis(unit: Unit) -> Spec:
    """The y channel's scale and axis. A ratio is shown up to 1 and need not start at 0; everything else does."""
    scale: Spec = {"zero": True, "nice": True}
    if unit is Unit.RATIO:
        scale = {"zero": False, "nice": True, "domainMax": 1}
    axis: Spec = {"labelExpr": _LABELS[unit]}
    if unit is Unit.COUNT:
        axis["tickMinStep"] = 1
    return {"scale": scale, "axis": axis}


def time_axis() -> Spec:
    """
    The x channel's scale and axis, over milliseconds.

    Vega knows only UTC and the reader's own time zone, so ticks and their labels come with the data, cut in the
    workspace's time zone: a day of 23 or 25 hours is as wide as it was long.
    """
    return {
        "scale": {"zero": False, "nice": False},
        "axis": {
            "values": {"expr": "ticks"},
            "labelExpr": "labels[datum.value]",
            "labelOverlap": True,
            "labelFlush": 20,
        },
    }


def time_params() -> list[Spec]:
    """The parameters `time_axis` reads; filled together with the data."""
    return [{"name": "ticks", "value": []}, {"name": "labels", "value": {}}]
