"""What is printed of a figure."""

import json
from collections.abc import Iterator

import pytest

from bench.figures import Figure, chosen, printed, table
from bench.options import Options
from bench.registry import figures
from bench.statistics import Round


def nothing(_: Options) -> Iterator[Round]:
    return iter(())


def a_figure(name: str = "ingest_sqlite_live", *, must: float | None = 0.35, at_most: bool = False) -> Figure:
    return Figure(name, "sqlite", "events/s", "", nothing, must, 0.6, at_most=at_most)


def test_a_line_has_what_scripts_rely_on_and_the_extras() -> None:
    line = json.loads(printed(a_figure().line([Round(12_345.678, 20_000, extras={"events": 7})])))
    assert line == {
        "figure": "ingest_sqlite_live",
        "store": "sqlite",
        "value": 12_350.0,
        "reference": 20_000.0,
        "ratio": 0.6173,
        "unit": "events/s",
        "must": ">= 0.35",
        "aim": ">= 0.6",
        "met": True,
        "ratios": [0.6173],
        "events": 7,
    }


@pytest.mark.parametrize(("ratio", "at_most", "met"), [(0.3, False, False), (0.3, True, True), (0.35, True, True)])
def test_a_requirement_is_a_floor_or_a_ceiling(ratio: float, at_most: bool, met: bool) -> None:  # noqa: FBT001 - cases
    assert a_figure(at_most=at_most).line([Round(ratio, 1)])["met"] is met


def test_a_figure_without_requirement_meets_none() -> None:
    assert "met" not in a_figure(must=None).line([Round(1, 1)])


def test_the_beginning_of_a_name_stands_for_all_that_share_it() -> None:
    all_of_them = [a_figure(name) for name in ("ingest_sqlite_live", "ingest_sqlite_spread", "ingestion")]
    assert [one.name for one in chosen(all_of_them, ["ingest"])] == ["ingest_sqlite_live", "ingest_sqlite_spread"]


def test_without_names_all_with_a_requirement_are_chosen() -> None:
    assert [one.name for one in chosen([a_figure("a"), a_figure("b", must=None)], [])] == ["a"]


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(KeyError, match="speed"):
        chosen([a_figure()], ["speed"])


def test_every_figure_of_the_requirements_is_there() -> None:
    required = {(one.name, one.store) for one in figures() if one.must is not None}
    stores = ("postgres", "sqlite")
    assert required == {
        *((f"ingest_{store}_{kind}", store) for store in stores for kind in ("live", "spread")),
        *((f"query_{kind}", store) for store in stores for kind in ("summary", "timeseries", "breakdown", "growth")),
        ("single_event_postgres", "postgres"),
        ("start_to_ready", "sqlite"),
        ("idle_memory", "sqlite"),
        ("live_idle", "sqlite"),
        ("live_fan_out", "sqlite"),
        ("bus_redis", None),
        ("cache_hit", None),
        ("cache_hit_rate", "sqlite"),
    }


def test_a_table_says_what_was_missed() -> None:
    lines = [a_figure().line([Round(ratio, 1)]) for ratio in (0.5, 0.1)]
    first, second = table(lines).splitlines()[2:]
    assert "**0.5**" in first
    assert "0.1 (missed)" in second
