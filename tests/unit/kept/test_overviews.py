"""Overviews of active workspaces are counted before somebody opens them."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from dependency_injector import providers

from shadower.application.kept import overviews
from shadower.application.kept.overviews import BREAKDOWNS, CHARTS, SUMMARY
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import DAY, HOUR
from shadower.entrypoints.container import Container
from shadower.entrypoints.lifecycle import opened
from shadower.entrypoints.settings_sources import settings_for
from shadower.testing import NOW, HandClock, a_batch, an_event

WORKSPACE = WorkspaceId(1)
SCRIPTS = Path(__file__).parents[3] / "src" / "shadower" / "entrypoints" / "http" / "static" / "js"


@pytest.fixture(params=["memory", "embedded"])
async def container(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Container]:
    """With events of the last days in the one workspace, and of none in another."""
    made = Container(settings=settings_for(profile=request.param, data_dir=str(tmp_path)))
    made.clock.override(providers.Object(HandClock()))
    async with opened(made):
        await made.open_the_door().default_workspace()
        await made.create_workspace()("idle")
        recent = (an_event(occurred_at=NOW - days * DAY) for days in range(20))
        await made.log().append([a_batch(*recent, received_at=NOW)])
        while await made.rollups().advance(1_000):
            pass
        yield made


def no_error(error: Exception) -> None:
    raise error


async def ask_all(container: Container) -> None:
    await container.summarize_metrics()(WORKSPACE, SUMMARY)
    for chart in CHARTS:
        await container.chart_metrics()(WORKSPACE, chart)
    for breakdown in BREAKDOWNS:
        await container.break_down_metrics()(WORKSPACE, breakdown)


async def test_the_first_overview_after_the_start_finds_everything_kept(container: Container) -> None:
    assert await container.warm_answers().turn(no_error) == 6
    before = container.cache().figures()
    await ask_all(container)
    after = container.cache().figures()
    assert before.misses == after.misses > 0
    assert after.hits > before.hits


async def test_a_workspace_without_events_of_the_last_day_is_left_alone(container: Container) -> None:
    container.clock().move(DAY + HOUR)
    assert await container.warm_answers().turn(no_error) == 0


async def test_workspaces_are_bounded(container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overviews, "MOST", 1)
    await container.log().append([a_batch(an_event(), workspace=2, received_at=NOW - HOUR)])
    asked = await container.overviews().questions()
    assert len(asked) == 6
    assert {ask.args[0] for ask in asked} == {WORKSPACE}


def test_the_questions_are_those_of_the_page() -> None:
    page = (SCRIPTS / "views" / "overview.js").read_text("utf-8")
    figures = (SCRIPTS / "parts" / "figures.js").read_text("utf-8")
    tops = (SCRIPTS / "parts" / "toplist.js").read_text("utf-8")

    shown = [name for pair in re.findall(r'\{ metric: "(\w+)",(?: also: "(\w+)")?', figures) for name in pair if name]
    assert SUMMARY.metrics == (*shown, "error_rate")
    assert '"error_rate"])]' in page
    assert CHARTS[0].metrics == names_in(page, "SHAPES")
    assert tuple(one.by for one in BREAKDOWNS) == names_in(page, "TOPS")
    for one in BREAKDOWNS:
        assert one.metrics == names_in(tops, "METRICS")
        assert f'order: "{one.order}", limit: {one.limit}' in tops


def names_in(script: str, name: str) -> tuple[str, ...]:
    (listed,) = re.findall(rf"const {name} = \[(.*?)\];", script)
    return tuple(re.findall(r'"(\w+)"', listed))
