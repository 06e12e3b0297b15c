"""Comparing what the API says with what SQL says."""

from typing import Any

import pytest

from bench.answers import REST, TOTAL, differences, served
from bench.questions import Kind, Question

DAY_TWO = 86_400_000_000
WHOLE = (None, TOTAL)


def asked(kind: Kind, group: str | None = None) -> Question:
    return Question(kind, 0, 2 * DAY_TWO, None, group)


def test_a_summary_has_one_place() -> None:
    body = {"metrics": {"cost": {"value": "1.500000000", "previous": None, "change": None}}}
    assert served(asked(Kind.SUMMARY), body) == {WHOLE: {"cost": "1.500000000"}}


def test_a_timeseries_has_a_place_for_each_point_and_one_for_each_total() -> None:
    points = [{"start": "1970-01-01T00:00:00+00:00", "value": 1}, {"start": "1970-01-02T00:00:00+00:00", "value": 2}]
    body = {"series": [{"metric": "events", "group": {"type": "user.login"}, "points": points, "total": 3}]}
    assert served(asked(Kind.TIMESERIES, "type"), body) == {
        ("user.login", 0): {"events": 1},
        ("user.login", DAY_TWO): {"events": 2},
        ("user.login", TOTAL): {"events": 3},
    }


def test_a_breakdown_has_a_place_for_each_row_and_one_for_the_rest() -> None:
    body = {"rows": [{"key": None, "values": {"events": 2}}], "other": {"values": {"events": 5}}}
    assert served(asked(Kind.BREAKDOWN, "model"), body) == {WHOLE: {"events": 2}, (REST, TOTAL): {"events": 5}}


@pytest.mark.parametrize(
    ("metrics", "cell"),
    [
        ({"events": 3}, {"events": 3}),
        ({"cost": "1.500000000"}, {"cost": 1_500_000_000}),
        ({"credits": "0.000000"}, {"credits": None}),
        ({"p95": "100.900"}, {"p95": 100_000}),
        ({"p95": None}, {"p95": None}),
        ({"success_rate": "0.666666666667"}, {"successes": 2, "failures": 1}),
        ({"success_rate": None}, {"successes": 0, "failures": 0}),
        ({"avg_duration": "1.5"}, {"duration_sum": 3_000, "duration_count": 2}),
    ],
)
def test_equal_answers_have_no_differences(metrics: dict[str, Any], cell: dict[str, Any]) -> None:
    assert differences({WHOLE: metrics}, {WHOLE: cell}) == []


@pytest.mark.parametrize(
    ("metrics", "cell"),
    [
        ({"events": 3}, {"events": 4}),
        ({"cost": "1.500000001"}, {"cost": 1_500_000_000}),
        ({"active_users": 999}, {"active_users": 1_000}),
        ({"p95": "101.100"}, {"p95": 100_000}),
        ({"p95": None}, {"p95": 100_000}),
        ({"success_rate": "0.6667"}, {"successes": 2, "failures": 1}),
        ({"events": None}, {"events": 4}),
    ],
)
def test_unequal_answers_are_told(metrics: dict[str, Any], cell: dict[str, Any]) -> None:
    (told,) = differences({WHOLE: metrics}, {WHOLE: cell})
    assert next(iter(metrics)) in told


def test_an_empty_bucket_is_nothing_to_sql() -> None:
    assert differences({(None, 0): {"executions": 0, "p95": None}}, {}) == []


def test_a_group_that_the_api_leaves_out_is_told() -> None:
    assert len(differences({}, {("agent-07", TOTAL): {"events": 4}})) == 1
