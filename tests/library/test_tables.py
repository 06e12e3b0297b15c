"""Answers as rows, data frames and charts."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import altair as alt
import pytest
import vl_convert

import shadower
from shadower.entrypoints.library import tables
from shadower.entrypoints.library.answers import Timeseries

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
RUNS = [
    {
        "type": "agent.executed",
        "status": "success",
        "id": str(n),
        "agent_id": f"agent-{n % 3}",
        "occurred_at": NOON + timedelta(hours=n),
        "cost": "0.000000001",
        "duration_ms": 100 * n,
    }
    for n in range(24)
]
PERIOD = {"from_": "2026-03-01", "to": "2026-03-05"}


@pytest.fixture
async def series() -> Timeseries:
    async with shadower.open("memory://") as sh:
        await sh.ingest(RUNS)
        return await sh.timeseries("cost", group_by="agent_id", interval="day", **PERIOD)


def test_rows_keep_decimals_exact_and_are_the_callers_own(series: Timeseries) -> None:
    rows = series.to_dicts()
    assert sum(row["value"] for row in rows) == Decimal("0.000000024")
    rows[0]["value"] = None
    assert series.to_dicts()[0]["value"] is not None
    assert len(series) == 3 * 4


def test_a_pandas_frame_computes_in_floats_and_knows_the_time_zone(series: Timeseries) -> None:
    frame = series.to_pandas()
    assert list(frame.columns) == ["start", "metric", "agent_id", "rest", "value"]
    assert frame["value"].dtype == "float64"
    assert frame["value"].sum() == pytest.approx(2.4e-8)
    assert str(frame["start"].dt.tz) == "UTC"


def test_a_polars_frame_computes_in_floats_and_knows_the_time_zone(series: Timeseries) -> None:
    frame = series.to_polars()
    assert frame.columns == ["start", "metric", "agent_id", "rest", "value"]
    assert frame["value"].sum() == pytest.approx(2.4e-8)
    assert frame["start"].dtype.time_zone == "UTC"


async def test_an_answer_without_rows_is_an_empty_frame() -> None:
    async with shadower.open("memory://") as sh:
        events = await sh.events()
        assert (len(events.to_pandas()), len(events.to_polars())) == (0, 0)


def test_a_chart_is_the_specification_the_pages_draw(series: Timeseries) -> None:
    chart = series.chart(width=300, height=100)
    drawn = json.loads(chart.to_json())
    assert (drawn["width"], drawn["height"]) == (300, 100)
    assert drawn["$schema"] == series.spec()["$schema"]


def test_a_notebook_shows_a_chart_without_asking_another_host(series: Timeseries) -> None:
    shown = series.chart()._repr_mimebundle_()["text/html"]
    assert re.findall(r"(?:src|href)=|https?://(?!vega\.github\.io/schema)", shown) == []
    assert series.chart().properties(title="</script>")._repr_mimebundle_()["text/html"].count("</script>") == 1


def test_whoever_chose_a_renderer_of_altair_gets_it(series: Timeseries) -> None:
    with alt.renderers.enable("mimetype"):
        shown = series.chart()._repr_mimebundle_()
    assert "text/html" not in shown


def test_a_chart_can_be_drawn(series: Timeseries) -> None:
    picture = vl_convert.vegalite_to_svg(series.spec())
    assert picture.startswith("<svg")
    assert vl_convert.vegalite_to_svg(series.chart().to_dict()) == picture
    assert "agent-1" in json.dumps(series.spec())


async def test_a_chart_has_one_axis() -> None:
    async with shadower.open("memory://") as sh:
        await sh.ingest(RUNS)
        mixed = await sh.timeseries("executions,cost", **PERIOD)
    with pytest.raises(shadower.ShadowerError, match="one unit"):
        mixed.chart()


def test_a_notebook_shows_rows_as_a_table_with_markup_escaped() -> None:
    html = tables.Table([{"<name>": "<b>", "none": None, "small": Decimal("0E-9")}])._repr_html_()
    assert "<th>&lt;name&gt;</th>" in html
    assert "<td>&lt;b&gt;</td><td></td><td>0.000000000</td>" in html


def test_a_notebook_is_not_flooded() -> None:
    html = tables.Table([{"n": n} for n in range(1_000)])._repr_html_()
    assert html.count("<tr>") == tables.SHOWN + 1
    assert "980 more" in html


@pytest.mark.parametrize(("package", "extra"), [("pandas", "pandas"), ("polars", "polars"), ("altair", "charts")])
def test_what_is_not_installed_is_named_with_the_extra_that_brings_it(
    series: Timeseries, monkeypatch: pytest.MonkeyPatch, package: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    asked = {"pandas": series.to_pandas, "polars": series.to_polars, "altair": series.chart}[package]
    with pytest.raises(ImportError, match=rf"pip install 'shadower\[{extra}\]'"):
        asked()


def test_importing_shadower_loads_nothing_else() -> None:
    script = "import sys, shadower; print(sorted(n for n in sys.modules if n.startswith('shadower')))"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "['shadower']"


def test_a_store_in_memory_needs_no_web_framework_no_database_and_no_chart_library() -> None:
    script = (
        "import sys, shadower\n"
        "with shadower.connect('memory://') as sh:\n"
        "    sh.ingest([{'type': 'agent.executed'}]); sh.timeseries()\n"
        "heavy = {'litestar', 'granian', 'sqlalchemy', 'alembic', 'numpy', 'altair', 'pandas', 'polars', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_names_that_do_not_exist_are_told() -> None:
    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        _ = shadower.opne
    assert {"open", "connect"} <= set(dir(shadower))
