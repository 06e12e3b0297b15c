"""Answers about metrics, around changes of clocks, against an oracle over the raw rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadower.application.break_down_metrics import BreakDownMetrics
from shadower.application.chart_metrics import ChartMetrics
from shadower.application.metric_question import BreakdownQuestion, MetricQuestion, TimeseriesQuestion
from shadower.application.summarize_metrics import SummarizeMetrics
from shadower.domain.metrics.answer import Figure, PeriodSeries, Series
from shadower.domain.metrics.calendar import Bucket
from shadower.domain.metrics.decimals import Value
from shadower.domain.metrics.ranking import Shown
from tests.metric_oracle import PERCENTILES, REST, ROLLING, Oracle, value
from tests.metric_questions import VALUES, WIDTHS, Asked, intervals, questions
from tests.metric_worlds import HOUR, PLACES, World, beginning, clock_at, date_at, world_at
from tests.servers import PostgresServer

Instants = tuple[int, int]


pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module", params=PLACES)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> Iterator[World]:
    database = postgres_server.create_database()
    with world_at(request.param, tmp_path_factory.mktemp("world"), database) as world:
        yield world
    postgres_server.drop_database(database)


def assert_equals(metric: str, told: Value, expected: Value) -> None:
    if metric in PERCENTILES and expected is not None:
        assert isinstance(told, Decimal)
        assert abs(told - expected) <= Decimal(expected) / 100
    else:
        assert told == expected
        assert type(told) is type(expected)


def since(asked: Asked, start: int, day: date, world: World) -> int:
    """From when on an event makes its group count: rolling metrics look back from this day."""
    return min(start, beginning(day - timedelta(days=asked.window - 1), world.zone)) if asked.window else start


def label(group: Shown) -> str | None:
    if group is None:
        return None
    return REST if group.is_rest else group.value


# --- whole ranges -----------------------------------------------------------------------------------------------------


def totals(oracle: Oracle, metrics: Sequence[str], span: Instants, group: str | None = None) -> dict[str, Value]:
    start, end = span
    counted = oracle.counted([span]).get((0, group))
    last = date_at(end - 1, oracle.zone)
    return {
        metric: oracle.rolling(metric, [last], end, group)[0]
        if metric in ROLLING
        else value(metric, counted, end - start)
        for metric in metrics
    }


def assert_figures(
    figures: Mapping[str, Figure], now: Mapping[str, Value], before: Mapping[str, Value] | None, metrics: Sequence[str]
) -> None:
    assert list(figures) == list(metrics)
    for metric, figure in figures.items():
        assert_equals(metric, figure.value, now[metric])
        assert_equals(metric, figure.previous, None if before is None else before[metric])
        if figure.value is None or not figure.previous:
            assert figure.change is None
        else:
            assert figure.change is not None
            exact = (Decimal(figure.value) - Decimal(figure.previous)) / Decimal(figure.previous)
            assert abs(figure.change - exact) <= abs(exact) * Decimal("1e-11")


@given(st.data())
@settings(max_examples=14, deadline=None)
def test_a_summary_is_what_the_rows_add_up_to(world: World, data: st.DataObject) -> None:
    asked = data.draw(questions(world))
    summary = world.ask(SummarizeMetrics, MetricQuestion(**asked.words()))
    now, before = asked.compared(world)
    oracle = Oracle(world.rows, world.zone, asked.filters, asked.has)
    assert (summary.range.start, summary.range.end) == now
    assert (summary.previous and (summary.previous.start, summary.previous.end)) == before
    expected = None if before is None else totals(oracle, asked.metrics, before)
    assert_figures(summary.metrics, totals(oracle, asked.metrics, now), expected, asked.metrics)


@given(st.data())
@settings(max_examples=14, deadline=None)
def test_a_breakdown_has_the_largest_groups_and_the_rest_as_one(world: World, data: st.DataObject) -> None:
    asked = data.draw(questions(world))
    by, limit = data.draw(st.sampled_from(list(VALUES))), data.draw(st.integers(1, 5))
    answer = world.ask(BreakDownMetrics, BreakdownQuestion(by=by, limit=limit, **asked.words()))
    (start, end), before = asked.compared(world)
    oracle = Oracle(world.rows, world.zone, asked.filters, asked.has, by)
    earliest = since(asked, start, date_at(end - 1, world.zone), world)
    ranked = oracle.ranked(asked.metrics[0], start, end, since=earliest)
    assert [row.key for row in answer.rows] == ranked[:limit]
    if len(ranked) > limit:
        assert answer.other is not None
    folded = replace(oracle, shown=ranked[:limit])
    told = [(row.key, row.metrics) for row in answer.rows] + ([(REST, answer.other)] if answer.other else [])
    for group, figures in told:
        expected = None if before is None else totals(folded, asked.metrics, before, group)
        assert_figures(figures, totals(folded, asked.metrics, (start, end), group), expected, asked.metrics)


# --- over time --------------------------------------------------------------------------------------------------------


def first_date(day: date, interval: str, world: World) -> date:
    if interval == "week":
        return day - timedelta(days=(day.weekday() - world.first_weekday) % 7)
    return day.replace(day=1) if interval == "month" else day


def edges_of(start: int, end: int, interval: str, world: World) -> list[int]:
    """Where the buckets of a range begin on the calendar, and where the one after it would."""
    if interval in WIDTHS:
        shown = clock_at(start, world.zone)
        past_the_hour = (shown.minute * 60 + shown.second) * 1_000_000 + shown.microsecond
        width = WIDTHS[interval]
        return list(range(start - past_the_hour % width, end + width, width))
    days = (date_at(start, world.zone) + timedelta(days=more) for more in range((end - start) // HOUR // 23 + 40))
    firsts = dict.fromkeys(first_date(day, interval, world) for day in days)
    return [beginning(first, world.zone) for first in firsts]


def expected_buckets(start: int, end: int, interval: str, world: World) -> list[tuple[int, int, int]]:
    edges = edges_of(start, end, interval, world)
    return [(low, max(low, start), min(high, end)) for low, high in pairwise(edges) if low < end]


def dates_of(start: int, end: int, world: World) -> list[date]:
    first, last = date_at(start, world.zone), date_at(end - 1, world.zone)
    return [first + timedelta(days=more) for more in range((last - first).days + 1)]


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_a_timeseries_has_every_bucket_of_every_group(world: World, data: st.DataObject) -> None:
    asked = data.draw(questions(world))
    interval, top = data.draw(intervals(asked)), data.draw(st.integers(1, 4))
    by = data.draw(st.sampled_from([None, *VALUES]))
    answer = world.ask(ChartMetrics, TimeseriesQuestion(interval=interval, group_by=by, top=top, **asked.words()))
    (start, end), before = asked.compared(world)
    oracle = Oracle(world.rows, world.zone, asked.filters, asked.has, by)
    shown: list[str | None] = [None]
    if by is not None:
        earliest = since(asked, start, date_at(start, world.zone), world)
        shown = oracle.ranked(asked.metrics[0], start, end, since=earliest)
    oracle = replace(oracle, shown=shown[:top])

    assert [tuple(bucket) for bucket in answer.buckets] == expected_buckets(start, end, interval, world)
    assert_series(answer.series, answer.buckets, oracle, asked.metrics, (start, end), world)
    told = [label(series.group) for series in answer.series[:: len(asked.metrics)]]
    assert told[: len(shown[:top])] == shown[:top]
    assert told[len(shown[:top]) :] == ([REST] if len(shown) > top or (before and REST in told) else [])
    assert (answer.previous and (answer.previous.range.start, answer.previous.range.end)) == before
    if answer.previous is not None and before is not None:
        assert_previous(answer.previous, answer.series, oracle, asked, before, world)


def assert_series(
    told: Sequence[Series],
    buckets: Sequence[Bucket],
    oracle: Oracle,
    metrics: Sequence[str],
    span: Instants,
    world: World,
) -> None:
    counted = oracle.counted([(bucket.start, bucket.end) for bucket in buckets])
    days = dates_of(*span, world)
    assert [series.metric for series in told] == [*metrics] * (len(told) // len(metrics))
    for series in told:
        group = label(series.group)
        assert_equals(series.metric, series.total, totals(oracle, [series.metric], span, group)[series.metric])
        if series.metric in ROLLING:
            rolled = oracle.rolling(series.metric, days, span[1], group)[: len(buckets)]
            assert list(series.values) == rolled + [None] * (len(buckets) - len(rolled))
            continue
        for number, (bucket, one) in enumerate(zip(buckets, series.values, strict=True)):
            length = bucket.end - bucket.start
            assert_equals(
                series.metric, one, value(series.metric, counted.get((number, group)), length) if length else None
            )


def assert_previous(
    told: PeriodSeries, current: Sequence[Series], oracle: Oracle, asked: Asked, before: Instants, world: World
) -> None:
    """As many buckets as now, which cover the period before; whole days are compared with whole days."""
    edges = [bucket.start for bucket in told.buckets] + [told.buckets[-1].end]
    assert edges == sorted(edges)
    assert (edges[0], edges[-1]) == before
    assert all(low.end == high.start for low, high in pairwise(told.buckets))
    days = [beginning(day, world.zone) for day in dates_of(*before, world)]
    if asked.window and before == (days[0], asked.span.start):
        assert edges[:-1] == days
    assert [(one.metric, one.group) for one in told.series] == [(one.metric, one.group) for one in current]
    assert_series(told.series, told.buckets, oracle, asked.metrics, before, world)
