"""The colours and type of every chart, apart from what the charts say."""

from dataclasses import asdict, dataclass

from shadower.application.charts.spec import Spec

FONT = '-apple-system, Inter, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif'


@dataclass(frozen=True, slots=True)
class Ink:
    """
    Every colour a chart may use, by what it means.

    Pairs that meet in one chart differ in lightness as well as in hue, so that they hold without colour vision.
    """

    surface: str
    text: str
    muted: str
    rule: str
    accent: str
    success: str
    failure: str
    cancelled: str
    none: str
    low: str
    middle: str
    high: str
    before: str
    groups: tuple[str, ...]


LIGHT = Ink(
    surface="#ffffff",
    text="#1b1f24",
    muted="#5f6873",
    rule="#e7e9ec",
    accent="#2a6f97",
    success="#2a6f97",
    failure="#c8452f",
    cancelled="#d9a441",
    none="#b4bac1",
    low="#0f4c6b",
    middle="#3f8fb8",
    high="#9cc3d8",
    before="#4a525c",
    groups=(
        "#2a6f97",
        "#d9803b",
        "#4f8a5b",
        "#8c5fa8",
        "#c8452f",
        "#7a8b2d",
        "#3aa0a0",
        "#b05d84",
        "#6b7fd1",
        "#a07a4a",
    ),
)

DARK = Ink(
    surface="#15191e",
    text="#e6e9ed",
    muted="#98a2ad",
    rule="#262c33",
    accent="#5aa9d6",
    success="#4b9cc9",
    failure="#ec6a52",
    cancelled="#e0b04f",
    none="#5d666f",
    low="#a9d6ee",
    middle="#5aa9d6",
    high="#33678a",
    before="#c3cbd3",
    groups=(
        "#5aa9d6",
        "#eb9a58",
        "#7cbf8a",
        "#b78dd3",
        "#ec6a52",
        "#aebf58",
        "#5cc6c6",
        "#dc8ab2",
        "#93a4ee",
        "#cba373",
    ),
)


def theme(ink: Ink) -> Spec:
    """The Vega-Lite `config` of a theme. Its parameter `ink` is how a specification names a colour."""
    return {
        "params": [{"name": "ink", "value": asdict(ink)}],
        "background": "transparent",
        "font": FONT,
        "padding": 0,
        "view": {"stroke": "transparent", "continuousHeight": 200},
        "mark": {"color": ink.accent, "tooltip": None},
        "range": {"category": list(ink.groups), "ordinal": [ink.low, ink.middle, ink.high]},
        "style": {"before": {"strokeWidth": 1.5, "strokeDash": [4, 3]}},
        "axis": {
            "labelColor": ink.muted,
            "titleColor": ink.muted,
            "labelFontSize": 11,
            "labelPadding": 6,
            "grid": False,
            "domain": False,
            "ticks": False,
            "title": None,
        },
        "axisX": {"tickColor": ink.rule, "domain": True, "domainColor": ink.rule, "ticks": True, "tickSize": 4},
        "axisY": {"grid": True, "gridColor": ink.rule, "tickCount": 4, "minExtent": 34},
        "legend": {"disable": True},
    }
