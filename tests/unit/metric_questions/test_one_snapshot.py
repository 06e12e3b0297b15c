"""How the store is asked: once per question, and for no more than it takes."""

from typing import Any

import pytest

from shadower.domain.events.event import Event
from shadower.domain.events.moments import DAY
from shadower.domain.metrics.tally import Needs
from shadower.testing import NOW, an_event
from tests.metric_asker import Asker

Change = Any
"""A field of Event."""


def run(days_ago: float, **changes: Change) -> Event:
    return an_event(occurred_at=NOW - int(days_ago * DAY), **changes)


@pytest.mark.parametrize("by", [None, "model", "user_id"])
async def test_everything_in_an_answer_is_read_from_one_snapshot(ask: Asker, by: str | None) -> None:
    await ask.happened(run(1), run(8), run(3, user_id="bob"))
    await ask.timeseries("executions", "wau", "p95", group_by=by, top=1, compare=True)
    assert ask.opened == 1
    assert len(ask.aggregations) >= 4


async def test_a_breakdown_is_read_from_one_snapshot(ask: Asker) -> None:
    await ask.breakdown("user_id", "executions", "mau", compare=True)
    assert ask.opened == 1


@pytest.mark.parametrize(
    ("metrics", "needs"),
    [
        (["executions", "cost", "success_rate", "avg_duration"], Needs.SUMS),
        (["executions", "p95", "p50"], Needs.HISTOGRAM),
        (["active_users", "sessions"], Needs.USERS | Needs.SESSIONS),
        (["active_agents"], Needs.AGENTS),
    ],
)
async def test_the_store_is_asked_only_for_what_the_metrics_need(ask: Asker, metrics: list[str], needs: Needs) -> None:
    await ask.summary(*metrics)
    await ask.timeseries(*metrics)
    assert [aggregation.needs for aggregation in ask.aggregations] == [needs, needs]


async def test_rolling_metrics_alone_read_users_of_as_many_days_as_they_take(ask: Asker) -> None:
    await ask.summary("wau")
    (aggregation,) = ask.aggregations
    assert aggregation.needs is Needs.USERS
    assert len(aggregation.cuts) == 8


async def test_a_timeseries_without_groups_is_one_question_to_the_store(ask: Asker) -> None:
    await ask.timeseries("executions", "p50", "p95", "active_users", timeframe="90d")
    assert [len(aggregation.cuts) for aggregation in ask.aggregations] == [91]


async def test_groups_of_few_values_are_one_question_to_the_store(ask: Asker) -> None:
    await ask.timeseries("executions", "p95", timeframe="90d", group_by="status")
    assert len(ask.aggregations) == 1
