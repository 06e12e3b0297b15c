from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import vl_convert

from shadower.application.charts.of_answer import MixedUnits, chart_of
from shadower.application.charts.spec import Spec
from shadower.application.charts.ticks import ticks_of
from shadower.application.charts.words import in_words
from shadower.domain.events.moments import DAY, HOUR, micros_of
from shadower.domain.metrics.answer import PeriodSeries, Series, SeriesGroup, Timeseries
from shadower.domain.metrics.calendar import Interval, Range, buckets
from shadower.domain.metrics.decimals import Value
from shadower.domain.metrics.definition import Unit
from shadower.domain.metrics.question import Dimension

BERLIN = ZoneInfo("Europe/Berlin")
SPRING = micros_of(datetime(2026, 3, 27, 23, tzinfo=UTC))
"""Midnight in Berlin, two days before its clock goes forward."""


def an_answer(*series: Series, hours: int = 95, previous: Sequence[Value] | None = None) -> Timeseries:
    asked = Range(SPRING, SPRING + hours * HOUR)
    cut = buckets(asked, Interval.DAY, BERLIN)
    earlier = None
    if previous is not None:
        before = Range(SPRING - 4 * DAY, SPRING)
        one = Series(series[0].metric, None, previous, None)
        earlier = PeriodSeries(before, buckets(before, Interval.DAY, BERLIN), [one])
    return Timeseries(
        range=asked,
        zone=BERLIN,
        fresh_to=asked.end,
        interval=Interval.DAY,
        buckets=cut,
        series=series,
        previous=earlier,
    )


def rows(spec: Spec, name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = spec["datasets"][name]
    return found


def test_a_day_of_23_hours_is_drawn_as_wide_as_it_was_long() -> None:
    chart = chart_of(an_answer(Series("executions", None, [5, 7, 6, 4], 22)))
    hours = [(row["end"] - row["start"]) / 3_600_000 for row in rows(chart, "buckets")]  # type: ignore[operator]
    assert hours == [24, 23, 24, 24]
    assert [row["when"] for row in rows(chart, "buckets")][1] == "Sun 29 Mar 2026"


def test_the_exact_value_is_told_beside_the_one_drawn() -> None:
    cost = Decimal("1234567.000000001")
    chart = chart_of(an_answer(Series("cost", None, [cost, Decimal(0), Decimal("0.1"), Decimal(2)], cost)))
    assert [row["Cost"] for row in rows(chart, "buckets")] == ["1,234,567.000000001", "0", "0.1", "2"]


def test_a_value_between_two_gaps_is_marked_so_that_it_is_drawn() -> None:
    chart = chart_of(an_answer(Series("success_rate", None, [None, Decimal("0.5"), None, None], None)))
    assert [row["alone"] for row in rows(chart, "points")] == [False, True, False, False]
    assert "Success rate" not in rows(chart, "buckets")[0]


def test_the_day_that_is_still_running_is_told_from_whole_days() -> None:
    chart = chart_of(an_answer(Series("executions", None, [5, 7, 6, 4], 22), hours=80))
    assert [row["partial"] for row in rows(chart, "buckets")] == [False, False, False, True]


def test_groups_of_a_sum_are_stacked_and_statuses_keep_their_colours() -> None:
    groups = [SeriesGroup(Dimension.STATUS, value) for value in ("success", "failure", None)]
    chart = chart_of(an_answer(*(Series("executions", group, [1, 2, 3, 4], 10) for group in groups)))
    assert [one["ink"] for one in chart["usermeta"]["series"]] == ["success", "failure", "none"]
    assert any("stack" in step for layer in chart["layer"] for step in layer.get("transform", []))


def test_the_rest_of_a_top_n_is_told_from_a_group_named_other() -> None:
    groups = [SeriesGroup(Dimension.AGENT, "other"), SeriesGroup(Dimension.AGENT, is_rest=True)]
    chart = chart_of(an_answer(*(Series("executions", group, [1, 2, 3, 4], 10) for group in groups)))
    assert [one["title"] for one in chart["usermeta"]["series"]] == ["other", "all others"]


def test_different_counts_are_lines_because_they_overlap() -> None:
    chart = chart_of(an_answer(Series("executions", None, [9] * 4, 36), Series("failures", None, [1] * 4, 4)))
    assert not any("stack" in step for layer in chart["layer"] for step in layer.get("transform", []))


def test_one_chart_has_one_unit() -> None:
    with pytest.raises(MixedUnits):
        chart_of(an_answer(Series("executions", None, [1] * 4, 4), Series("cost", None, [Decimal(1)] * 4, Decimal(4))))


def test_three_percentiles_are_a_band_that_can_be_rendered_without_a_browser() -> None:
    series = [Series(name, None, [Decimal(size)] * 4, None) for name, size in (("p50", 90), ("p95", 400), ("p99", 800))]
    chart = chart_of(an_answer(*series))
    assert rows(chart, "buckets")[0]["low"] == 90
    assert "800 ms" in vl_convert.vegalite_to_svg(chart)


def test_the_previous_period_lies_under_the_current_one_bucket_by_bucket() -> None:
    chart = chart_of(an_answer(Series("executions", None, [5, 7, 6, 4], 22), previous=[1, 2, 3, 4]))
    before = [row for row in rows(chart, "points") if row["period"] == "previous"]
    assert [row["value"] for row in before] == [1, 2, 3, 4]
    assert [row["Before"] for row in rows(chart, "buckets")] == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("days", "interval", "labels"),
    [
        (1, Interval.HOUR, ["28 Mar", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00"]),
        (7, Interval.HOUR, ["28 Mar", "29 Mar", "30 Mar", "31 Mar", "1 Apr", "2 Apr", "3 Apr"]),
        (30, Interval.DAY, ["30 Mar", "6 Apr", "13 Apr", "20 Apr"]),
        (200, Interval.DAY, ["Apr 2026", "May 2026", "Jun 2026", "Jul 2026", "Aug 2026", "Sep 2026", "Oct 2026"]),
    ],
)
def test_ticks_are_where_the_calendar_has_them(days: int, interval: Interval, labels: list[str]) -> None:
    cut = buckets(Range(SPRING, SPRING + days * DAY - HOUR), interval, BERLIN)
    assert list(ticks_of([bucket.label for bucket in cut], interval, BERLIN).values()) == labels


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1234567, Unit.COUNT, "1,234,567"),
        (Decimal("0.987654"), Unit.RATIO, "98.77%"),
        (Decimal(1), Unit.RATIO, "100%"),
        (Decimal("812.500"), Unit.MILLISECONDS, "812 ms"),
        (Decimal(2410), Unit.MILLISECONDS, "2.41 s"),
        (Decimal(5_400_000), Unit.MILLISECONDS, "1.5 h"),
        (Decimal("0.000000001"), Unit.CURRENCY, "0.000000001"),
        (None, Unit.RATIO, "\N{EN DASH}"),
    ],
)
def test_values_read_the_same_everywhere(value: Value, unit: Unit, words: str) -> None:
    assert in_words(value, unit) == words
