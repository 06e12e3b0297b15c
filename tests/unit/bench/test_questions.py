"""The questions whose answers are timed."""

from itertools import islice
from urllib.parse import parse_qs, urlsplit

import pytest

from bench.history import VALUES, History
from bench.questions import GROUPS, SUMMARY_METRICS, Kind, Reach, questions
from shadower.domain.events.moments import DAY

HISTORY = History(1_000_000, 1_769_851_800_000_000)


@pytest.mark.parametrize("kind", Kind)
def test_no_question_is_asked_twice(kind: Kind) -> None:
    asked = list(islice(questions(kind, HISTORY, 1), 500))
    assert len(set(asked)) == 500


@pytest.mark.parametrize("kind", Kind)
def test_every_filter_comes_up_and_is_grouped_by_another_dimension(kind: Kind) -> None:
    asked = list(islice(questions(kind, HISTORY, 1), 120))
    assert {one.filtered[0] if one.filtered else None for one in asked} == {None, *VALUES}
    assert all(one.filtered[0] != one.group for one in asked if one.filtered)
    assert {one.reach for one in asked} == set(Reach)


def test_groups_are_those_that_are_promised_to_be_fast() -> None:
    groups = {kind: {one.group for one in islice(questions(kind, HISTORY, 1), 120)} for kind in Kind}
    assert groups == {
        Kind.SUMMARY: {None},
        Kind.TIMESERIES: {None, *GROUPS},
        Kind.BREAKDOWN: {*GROUPS, "agent_id"},
    }


@pytest.mark.parametrize("kind", Kind)
def test_ranges_cover_nearly_the_whole_history(kind: Kind) -> None:
    for one in islice(questions(kind, HISTORY, 2), 100):
        assert HISTORY.start <= one.start < HISTORY.start + DAY
        assert HISTORY.end - DAY < one.end <= HISTORY.end


def test_a_question_becomes_a_request() -> None:
    one = next(islice(questions(Kind.SUMMARY, HISTORY, 1), 1, None))
    url = urlsplit(one.path)
    asked = parse_qs(url.query)
    assert url.path == "/api/v1/metrics/summary"
    assert asked["metric"] == [",".join(SUMMARY_METRICS)]
    assert one.filtered is not None
    assert asked[one.filtered[0]] == [one.filtered[1]]
    assert asked["from"][0].endswith("Z")
