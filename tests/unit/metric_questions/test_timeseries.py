"""Metrics over time, whole and by groups."""

from decimal import Decimal
from typing import Any

import pytest

from shadower.application import metric_reading
from shadower.application.chart_metrics import IntervalUnsupported, TooManyPoints
from shadower.application.metric_terms import LimitInvalid, UnknownDimension, UnknownInterval
from shadower.domain.events.event import Event
from shadower.domain.events.moments import DAY, HOUR, rfc3339
from shadower.domain.metrics.answer import Timeseries
from shadower.domain.metrics.calendar import Interval, TooManyBuckets
from shadower.domain.metrics.question import Dimension
from shadower.domain.workspaces.workspace import Weekday
from shadower.testing import NOW, an_event
from tests.metric_asker import Asker

THREE_DAYS = {"start": "2026-01-28", "end": "2026-01-31", "interval": "day"}
NOON = NOW + int(2.5 * HOUR)


Change = Any
"""A field of Event."""


def run(days_ago: float, **changes: Change) -> Event:
    """An event counted back from noon of 31 January."""
    return an_event(occurred_at=NOON - int(days_ago * DAY), **changes)


def groups(answer: Timeseries) -> list[tuple[str | None, bool]]:
    return [(one.group.value, one.group.is_rest) for one in answer.series if one.group is not None]


def values(answer: Timeseries) -> list[list[Any]]:
    return [list(one.values) for one in answer.series]


async def test_empty_buckets_are_there_with_zero_or_none(ask: Asker) -> None:
    await ask.happened(run(2, duration_us=3000))
    answer = await ask.timeseries("executions", "credits", "p95", "success_rate", **THREE_DAYS)
    assert values(answer) == [
        [0, 1, 0],
        [Decimal(0), Decimal("2.5"), Decimal(0)],
        [None, Decimal(3), None],
        [None, Decimal(1), None],
    ]


async def test_a_point_begins_where_its_whole_bucket_does(ask: Asker) -> None:
    answer = await ask.timeseries("events", timeframe="24h", interval="hour")
    starts = [rfc3339(start) for start, _ in answer.points(answer.series[0])]
    assert (starts[0], starts[-1], len(starts)) == ("2026-01-30T09:00:00Z", "2026-01-31T09:00:00Z", 25)
    assert rfc3339(answer.buckets[0].start) == "2026-01-30T09:30:00Z"


async def test_weeks_begin_on_the_first_weekday_of_the_workspace(ask: Asker) -> None:
    await ask.move_to("UTC", Weekday.WEDNESDAY)
    answer = await ask.timeseries("events", interval="week", start="2026-01-01", end="2026-01-09")
    assert [rfc3339(bucket.label)[:10] for bucket in answer.buckets] == ["2025-12-31", "2026-01-07"]


async def test_totals_come_from_the_events_and_not_from_the_points(ask: Asker) -> None:
    await ask.happened(run(1, user_id="ada"), run(2, user_id="ada"), run(2, user_id="bob", status="failure"))
    answer = await ask.timeseries("active_users", "success_rate", **THREE_DAYS)
    assert [(series.metric, series.total) for series in answer.series] == [
        ("active_users", 2),
        ("success_rate", Decimal("0.666666666667")),
    ]
    assert values(answer)[0] == [0, 2, 1]


async def test_groups_come_by_the_total_of_the_first_metric_and_ties_by_key(ask: Asker) -> None:
    await ask.happened(run(1, model="b"), run(1, model="a"), run(1, model="c"), run(2, model="c"), run(2, model=None))
    answer = await ask.timeseries("executions", "cost", group_by="model", **THREE_DAYS)
    assert groups(answer)[::2] == [("c", False), ("a", False), ("b", False), (None, False)]
    assert [series.metric for series in answer.series][:3] == ["executions", "cost", "executions"]
    assert answer.series[0].group.dimension is Dimension.MODEL


async def test_groups_without_a_value_of_the_first_metric_come_last(ask: Asker) -> None:
    await ask.happened(run(1, model="a", status=None), run(1, model="b", status="failure"))
    assert groups(await ask.timeseries("success_rate", group_by="model", **THREE_DAYS))[0] == ("b", False)


async def test_the_rest_is_one_group_and_no_value_of_somebodys(ask: Asker) -> None:
    await ask.happened(
        *(run(1, agent_id="other", user_id=user) for user in ("ada", "bob", "eve")),
        run(1, agent_id="x", user_id="ada"),
        run(2, agent_id="y", user_id="ada"),
        run(2, agent_id=None, user_id="bob"),
    )
    answer = await ask.timeseries("active_users", group_by="agent_id", top=1, **THREE_DAYS)
    assert groups(answer) == [("other", False), (None, True)]
    assert values(answer) == [[0, 0, 3], [0, 2, 1]]
    assert [series.total for series in answer.series] == [3, 2]


async def test_there_is_no_rest_when_every_group_is_shown(ask: Asker) -> None:
    await ask.happened(run(1, model="a"), run(1, model="b"))
    assert len((await ask.timeseries("events", group_by="model", top=2, **THREE_DAYS)).series) == 2


async def test_grouping_nothing_gives_no_series(ask: Asker) -> None:
    answer = await ask.timeseries("events", group_by="model", **THREE_DAYS)
    assert list(answer.series) == []
    assert len(answer.buckets) == 3


@pytest.mark.parametrize("metrics", [("executions", "p50", "active_agents"), ("wau", "executions"), ("stickiness",)])
@pytest.mark.parametrize("compare", [False, True])
async def test_reading_many_groups_in_parts_changes_nothing(
    ask: Asker, monkeypatch: pytest.MonkeyPatch, metrics: tuple[str, ...], *, compare: bool
) -> None:
    await ask.happened(
        *(run(number % 37 / 3, user_id=f"u{number % 7}", agent_id=f"a{number}") for number in range(150))
    )
    asked = {"group_by": "user_id", "top": 3, "timeframe": "7d", "compare": compare}
    whole = await ask.timeseries(*metrics, **asked)
    ask.aggregations.clear()
    monkeypatch.setattr(metric_reading, "MOST_CELLS", 14)
    assert await ask.timeseries(*metrics, **asked) == whole
    assert max(len(one.cuts) for one in ask.aggregations if one.group_by and one.cuts[1] - one.cuts[0] <= DAY) <= 31
    assert len(ask.aggregations) > 4
    assert groups(whole)[-1] == (None, True)


async def test_rolling_metrics_look_back_before_the_range(ask: Asker) -> None:
    await ask.happened(run(5, user_id="ada"), run(2, user_id="bob"), run(40, user_id="eve"))
    answer = await ask.timeseries("dau", "wau", "mau", **THREE_DAYS)
    assert values(answer) == [[0, 1, 0], [1, 2, 2], [1, 2, 2]]
    assert [series.total for series in answer.series] == [0, 2, 2]
    assert answer.interval is Interval.DAY


async def test_a_group_that_only_leads_in_is_shown_like_any_other(ask: Asker) -> None:
    await ask.happened(run(5, user_id="ada", model="old"), run(2, user_id="bob", model="new"))
    answer = await ask.timeseries("wau", "events", group_by="model", **THREE_DAYS)
    assert groups(answer)[::2] == [("new", False), ("old", False)]
    assert values(answer)[2:] == [[1, 1, 1], [0, 0, 0]]


@pytest.mark.parametrize("interval", ["hour", "week", "month"])
async def test_rolling_metrics_have_values_per_day_alone(ask: Asker, interval: str) -> None:
    with pytest.raises(IntervalUnsupported, match="wau"):
        await ask.timeseries("events", "wau", interval=interval)


@pytest.mark.parametrize(
    ("hours", "interval"),
    [(6, "15m"), (7, "hour"), (72, "hour"), (73, "day"), (2400, "day"), (2401, "week"), (30_000, "month")],
)
async def test_the_interval_suits_the_length_of_the_range(ask: Asker, hours: int, interval: str) -> None:
    assert (await ask.timeseries("events", start=NOW - hours * HOUR, end=NOW)).interval == interval


async def test_the_period_before_has_bucket_for_bucket_and_group_for_group(ask: Asker) -> None:
    await ask.happened(run(1, model="a"), run(2, model="a"), run(2, model="b"), run(5, model="b"), run(5, model="c"))
    answer = await ask.timeseries("events", group_by="model", top=2, compare=True, **THREE_DAYS)
    assert [rfc3339(bucket.label)[:10] for bucket in answer.previous.buckets] == [
        "2026-01-25",
        "2026-01-26",
        "2026-01-27",
    ]
    assert groups(answer) == [("a", False), ("b", False), (None, True)]
    assert values(answer) == [[0, 1, 1], [0, 1, 0], [0, 0, 0]]
    assert [list(series.values) for series in answer.previous.series] == [[0, 0, 0], [0, 1, 0], [0, 1, 0]]
    assert [series.group for series in answer.previous.series] == [series.group for series in answer.series]


async def test_a_running_day_is_compared_up_to_the_same_elapsed_time(ask: Asker) -> None:
    await ask.happened(an_event(occurred_at=NOW - HOUR), run(7), an_event(occurred_at=NOW - 7 * DAY - HOUR))
    answer = await ask.timeseries("events", timeframe="7d", compare=True)
    assert values(answer)[0][-1] == 1
    assert answer.previous.series[0].values[-1] == 1
    assert rfc3339(answer.previous.range.end) == "2026-01-24T09:30:00Z"


@pytest.mark.parametrize(
    ("asked", "error", "field"),
    [
        ({"interval": "minute"}, UnknownInterval, "interval"),
        ({"group_by": "colour"}, UnknownDimension, "group_by"),
        ({"top": 0}, LimitInvalid, "top"),
        ({"top": 101}, LimitInvalid, "top"),
        ({"interval": "15m", "timeframe": "1y"}, TooManyBuckets, "interval"),
        ({"interval": "hour", "timeframe": "90d", "group_by": "model", "top": 50}, TooManyPoints, "interval"),
    ],
)
async def test_what_cannot_be_charted_is_refused_and_named(
    ask: Asker, asked: dict[str, Any], error: type[Exception], field: str
) -> None:
    with pytest.raises(error) as refused:
        await ask.timeseries("events", **asked)
    assert refused.value.field == field  # type: ignore[attr-defined]
