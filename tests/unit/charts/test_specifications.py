import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import vl_convert
from jsonschema import Draft7Validator

from shadower.application.charts.overview import events_charts, health_charts, overview_charts
from shadower.application.charts.scales import Unit
from shadower.application.charts.spec import Series, Spec, with_rows
from shadower.application.charts.theme import DARK, LIGHT, Ink, theme
from shadower.application.charts.timeseries import lines, stacked_area

STATIC = Path(__file__).parents[3] / "src" / "shadower" / "entrypoints" / "http" / "static"
HOUR = 3_600_000

SPECS = {
    **overview_charts(),
    **events_charts(),
    **health_charts(),
    "area": stacked_area([Series("A", "groups[0]"), Series("B", "none")], unit=Unit.AMOUNT, description="Two shares"),
}


@cache
def schema() -> Draft7Validator:
    text = files("altair").joinpath("vegalite", "v6", "schema", "vega-lite-schema.json").read_text("utf-8")
    return Draft7Validator(json.loads(text))


def filled(spec: Spec, hours: int = 6) -> Spec:
    """The chart with a value for every series and hour, and a previous period."""
    titles = [one["title"] for one in spec["usermeta"]["series"]]
    points: list[dict[str, Any]] = []
    buckets: list[dict[str, Any]] = []
    for hour in range(hours):
        span = {"start": hour * HOUR, "end": (hour + 1) * HOUR, "at": hour * HOUR + HOUR // 2, "partial": False}
        for rank, title in enumerate([*titles, "Before"]):
            period = "previous" if title == "Before" else "current"
            points.append(
                {**span, "series": title, "rank": rank, "period": period, "value": hour + rank, "alone": False}
            )
        bucket = {**span, "when": f"hour {hour}", "summary": "", "low": hour, "high": hour + 2}
        buckets.append({**bucket, **dict.fromkeys(titles, "1")})
    return with_rows(spec, points, buckets, {hour * HOUR: f"{hour}:00" for hour in range(hours)})


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("ink", [LIGHT, DARK], ids=["light", "dark"])
def test_every_chart_is_what_vega_lite_calls_a_specification(name: str, ink: Ink) -> None:
    errors = [error.message for error in schema().iter_errors({**SPECS[name], "config": theme(ink)})]
    assert errors == []


@pytest.mark.parametrize("name", SPECS)
def test_every_chart_draws_each_of_its_series_in_its_own_ink(name: str) -> None:
    spec = {**filled(SPECS[name]), "config": theme(LIGHT), "width": 400, "height": 200}
    drawn = vl_convert.vegalite_to_svg(spec)
    inks = theme(LIGHT)["params"][0]["value"]
    for series in spec["usermeta"]["series"]:
        ink = inks["groups"][0] if series["ink"] == "groups[0]" else inks[series["ink"]]
        assert ink in drawn, series
    assert "2:00" in drawn
    assert inks["before"] in drawn


def test_a_gap_in_a_line_stays_a_gap() -> None:
    spec = filled(lines([Series("Rate", "accent")], unit=Unit.RATIO, description="Rate"))
    for row in spec["datasets"]["points"]:
        row["value"] = None if row["start"] == 3 * HOUR else 0.5
    drawn = vl_convert.vegalite_to_svg({**spec, "config": theme(LIGHT), "width": 400, "height": 200})
    (path,) = re.findall(rf'<path [^>]* d="([^"]*)"[^>]* stroke="{LIGHT.accent}"', drawn)
    assert path.count("M") == 2


def test_the_page_and_its_charts_use_the_same_colours() -> None:
    tokens = dict(re.findall(r"--([\w-]+): light-dark\((#\w+, #\w+)\)", css()))
    for name in ("surface", "text", "muted", "rule", "accent", "success", "failure", "cancelled", "none"):
        assert tokens[name] == f"{getattr(LIGHT, name)}, {getattr(DARK, name)}", name


def css() -> str:
    return (STATIC / "css" / "tokens.css").read_text("utf-8")


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two #rrggbb colours."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT = ["text", "muted", "faint", "accent-text", "good-text", "bad-text", "warn-text"]


@pytest.mark.parametrize("name", TEXT)
@pytest.mark.parametrize("behind", ["ground", "surface", "sunken"])
def test_text_can_be_read_in_both_themes(name: str, behind: str) -> None:
    pairs = dict(re.findall(r"--([\w-]+): light-dark\((#\w+, #\w+)\)", css()))
    for ink, ground in zip(pairs[name].split(", "), pairs[behind].split(", "), strict=True):
        assert contrast(ink, ground) >= 4.5, (ink, ground)


@pytest.mark.parametrize("ink", [LIGHT, DARK], ids=["light", "dark"])
def test_what_a_chart_draws_stands_out_from_its_ground(ink: Ink) -> None:
    for name in ("accent", "success", "failure", "low", "middle", "before"):
        assert contrast(getattr(ink, name), ink.surface) >= 3, name
