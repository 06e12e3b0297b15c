"""Metrics by the values of a dimension."""

from decimal import Decimal
from typing import Any

import pytest

from shadower.application.metric_terms import LimitInvalid, UnknownDimension
from shadower.domain.events.event import Event
from shadower.domain.events.moments import DAY
from shadower.domain.metrics.answer import Figure
from shadower.domain.metrics.catalogue import METRICS, UnknownMetric
from shadower.testing import NOW, an_event
from tests.metric_asker import Asker

Change = Any
"""A field of Event."""


def run(days_ago: float = 0.1, **changes: Change) -> Event:
    return an_event(occurred_at=NOW - int(days_ago * DAY), **changes)


@pytest.fixture
async def agents(ask: Asker) -> Asker:
    """Of three agents and one unknown: b runs most often, a costs most."""
    await ask.happened(
        run(agent_id="a", cost=9_000_000_000, user_id="ada"),
        *(run(agent_id="b", cost=1_000_000_000, user_id=user) for user in ("ada", "bob", "eve")),
        run(agent_id="c", cost=None, user_id="eve", status="failure"),
        *(run(agent_id=None, cost=None, user_id="ada") for _ in range(2)),
    )
    return ask


async def keys(ask: Asker, *metrics: str, **more: str) -> list[str | None]:
    return [row.key for row in (await ask.breakdown("agent_id", *metrics, **more)).rows]


async def test_rows_come_by_the_first_metric_the_largest_first(agents: Asker) -> None:
    assert await keys(agents, "executions", "cost") == ["b", None, "a", "c"]
    assert await keys(agents, "cost", "executions") == ["a", "b", "c", None]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("-cost", ["a", "b", "c", None]),
        ("cost", ["c", None, "b", "a"]),
        ("key", ["a", "b", "c", None]),
        ("-key", ["c", "b", "a", None]),
        ("-success_rate", ["a", "b", None, "c"]),
        ("-active_users", ["b", "a", "c", None]),
    ],
)
async def test_rows_come_in_the_order_asked_for(agents: Asker, order: str, expected: list[str | None]) -> None:
    assert await keys(agents, "executions", order=order) == expected


async def test_a_metric_to_order_by_is_not_shown_unless_it_is_asked_for(agents: Asker) -> None:
    answer = await agents.breakdown("agent_id", "executions", order="-cost")
    assert list(answer.rows[0].metrics) == ["executions"]


async def test_everything_beyond_the_limit_is_counted_as_one(agents: Asker) -> None:
    answer = await agents.breakdown("agent_id", "executions", "active_users", "success_rate", limit=1)
    assert [row.key for row in answer.rows] == ["b"]
    assert {name: figure.value for name, figure in answer.other.items()} == {
        "executions": 4,
        "active_users": 2,
        "success_rate": Decimal("0.75"),
    }


async def test_nothing_is_other_when_every_group_has_a_row(agents: Asker) -> None:
    assert (await agents.breakdown("agent_id", "events", limit=4)).other is None


async def test_a_value_called_other_is_a_row_of_its_own(ask: Asker) -> None:
    await ask.happened(run(model="other"), run(model="other"), run(model="x"))
    answer = await ask.breakdown("model", "events", limit=1)
    assert [row.key for row in answer.rows] == ["other"]
    assert answer.other["events"].value == 1


async def test_without_names_all_metrics_of_the_range_come_executions_first(agents: Asker) -> None:
    row = (await agents.breakdown("agent_id")).rows[0]
    assert row.key == "b"
    assert next(iter(row.metrics)) == "executions"
    assert set(METRICS) - set(row.metrics) == {"dau", "wau", "mau", "stickiness"}


async def test_rolling_metrics_are_told_for_each_group(agents: Asker) -> None:
    await agents.happened(run(9, agent_id="a", user_id="old"), run(20, agent_id="gone", user_id="older"))
    answer = await agents.breakdown("agent_id", "mau", "executions", order="-mau")
    assert [(row.key, row.metrics["mau"].value) for row in answer.rows] == [
        ("b", 3),
        ("a", 2),
        ("c", 1),
        ("gone", 1),
        (None, 1),
    ]
    assert answer.rows[3].metrics["executions"].value == 0


async def test_each_row_is_compared_with_its_own_past_and_the_rest_with_the_rest(agents: Asker) -> None:
    await agents.happened(run(8, agent_id="b"), run(8, agent_id="gone"), run(9, agent_id="c"))
    answer = await agents.breakdown("agent_id", "executions", limit=2, compare=True)
    assert answer.rows[0].metrics["executions"] == Figure(3, 1, Decimal(2))
    assert answer.rows[1].metrics["executions"] == Figure(2, 0, None)
    assert answer.other["executions"] == Figure(2, 2, Decimal(0))


async def test_what_only_the_past_had_is_in_the_rest(ask: Asker) -> None:
    await ask.happened(run(model="new"), run(8, model="old"))
    answer = await ask.breakdown("model", "events", compare=True)
    assert [row.key for row in answer.rows] == ["new"]
    assert answer.other == {"events": Figure(0, 1, Decimal(-1))}


async def test_the_largest_first_means_the_largest_number_and_not_the_longest_text(ask: Asker) -> None:
    await ask.happened(*(run(model="often") for _ in range(10)), *(run(model="seldom") for _ in range(9)))
    assert [row.key for row in (await ask.breakdown("model", "credits")).rows] == ["often", "seldom"]


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"by": "colour"}, UnknownDimension),
        ({"by": "model", "limit": 0}, LimitInvalid),
        ({"by": "model", "limit": 1001}, LimitInvalid),
        ({"by": "model", "order": "-size"}, UnknownMetric),
    ],
)
async def test_what_cannot_be_broken_down_is_refused(ask: Asker, asked: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        await ask.breakdown(asked.pop("by"), "events", **asked)


async def test_a_metric_to_order_by_that_there_is_none_of_is_named_as_the_order(ask: Asker) -> None:
    with pytest.raises(UnknownMetric) as refused:
        await ask.breakdown("model", "events", order="-size")
    assert refused.value.field == "order"
