"""Metrics of a whole range."""

from decimal import Decimal
from typing import Any

import pytest

from shadower.domain.events.event import Event
from shadower.domain.events.moments import DAY, HOUR
from shadower.domain.metrics.catalogue import METRICS, UnknownMetric
from shadower.domain.workspaces.workspace import WorkspaceNotFound
from shadower.testing import NOW, an_event
from tests.metric_asker import Asker

Change = Any
"""A field of Event."""


def run(days_ago: float = 0.1, **changes: Change) -> Event:
    return an_event(occurred_at=NOW - int(days_ago * DAY), **changes)


async def test_without_names_every_metric_there_is_comes_in_the_order_of_the_catalogue(ask: Asker) -> None:
    assert list((await ask.summary()).metrics) == list(METRICS)


async def test_named_metrics_come_once_each_in_the_order_named(ask: Asker) -> None:
    assert list((await ask.summary("cost", "events", "cost")).metrics) == ["cost", "events"]


async def test_an_unknown_metric_is_refused_with_the_nearest_name(ask: Asker) -> None:
    with pytest.raises(UnknownMetric, match="executions"):
        await ask.summary("events", "execution")


async def test_nothing_at_all_is_zero_for_counts_and_none_for_ratios(ask: Asker) -> None:
    metrics = (await ask.summary("executions", "cost", "success_rate", "p95", "dau", "stickiness")).metrics
    assert [figure.value for figure in metrics.values()] == [0, Decimal(0), None, None, 0, None]


async def test_the_change_is_relative_to_the_period_before(ask: Asker) -> None:
    await ask.happened(run(1), run(2), run(3), run(8), run(9, status="failure"))
    metrics = (await ask.summary("executions", "success_rate", "cancelled", compare=True)).metrics
    assert (metrics["executions"].value, metrics["executions"].previous) == (3, 2)
    assert metrics["executions"].change == Decimal("0.5")
    assert metrics["success_rate"].change == Decimal(1)
    assert (metrics["cancelled"].previous, metrics["cancelled"].change) == (0, None)


async def test_without_a_comparison_there_is_no_previous_and_no_change(ask: Asker) -> None:
    await ask.happened(run(1), run(8))
    figure = (await ask.summary("executions")).metrics["executions"]
    assert (figure.value, figure.previous, figure.change) == (1, None, None)


async def test_throughput_is_per_hour_of_the_range(ask: Asker) -> None:
    await ask.move_to("Europe/Berlin")
    await ask.happened(*(run(97 + hour / 24) for hour in range(10)))
    day_of_25_hours = {"start": "2025-10-26", "end": "2025-10-27"}
    figure = (await ask.summary("executions", "throughput", **day_of_25_hours)).metrics
    assert figure["throughput"].value == Decimal(figure["executions"].value) / 25


async def test_all_filters_must_hold(ask: Asker) -> None:
    await ask.happened(run(agent_id="a", model="m"), run(agent_id="a", model="n"), run(agent_id="b", model="m"))
    answer = await ask.summary("events", filters={"agent_id": "a", "model": "m"})
    assert answer.metrics["events"].value == 1


async def test_rolling_metrics_tell_of_the_last_local_day(ask: Asker) -> None:
    await ask.happened(
        run(user_id="today"), run(1, user_id="yesterday"), run(6.1, user_id="early"), run(29, user_id="far")
    )
    metrics = (await ask.summary("dau", "wau", "mau", "stickiness", timeframe="24h")).metrics
    assert [metrics[name].value for name in ("dau", "wau", "mau")] == [1, 3, 4]
    assert metrics["stickiness"].value == Decimal("0.0333333333333")


async def test_rolling_metrics_pass_the_filters_too(ask: Asker) -> None:
    await ask.happened(run(user_id="ada", model="m"), run(2, user_id="bob", model="n"))
    assert (await ask.summary("wau", filters={"model": "m"})).metrics["wau"].value == 1


async def test_another_time_zone_changes_the_answer_at_once(ask: Asker) -> None:
    await ask.happened(an_event(occurred_at=NOW - 10 * HOUR))
    assert (await ask.summary("dau")).metrics["dau"].value == 0
    await ask.move_to("Asia/Kathmandu")
    answer = await ask.summary("dau")
    assert answer.metrics["dau"].value == 1
    assert answer.zone.key == "Asia/Kathmandu"


async def test_an_answer_says_up_to_when_it_is_fresh_and_that_it_is_exact(ask: Asker) -> None:
    answer = await ask.summary()
    assert (answer.fresh_to, answer.exact, answer.degraded) == (NOW, True, False)


async def test_a_workspace_that_is_not_there_is_not_found(ask: Asker) -> None:
    ask.workspace = 99
    with pytest.raises(WorkspaceNotFound):
        await ask.summary()
