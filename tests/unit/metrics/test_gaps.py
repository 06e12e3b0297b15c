"""What a question misses once events are gone: its ragged edges, or all of it."""

from collections.abc import Sequence

import pytest

from shadower.domain.events.filters import OneOf, Present, Wanted, one_of
from shadower.domain.events.moments import DAY, HOUR, MINUTE
from shadower.domain.metrics.gaps import Shortfall, doubt, widened
from shadower.domain.metrics.pages import QUARTER, Family, Run
from shadower.domain.metrics.question import Aggregation, Dimension
from shadower.domain.metrics.tally import Needs, Tally
from shadower.testing import NOW

MIDNIGHT = NOW - NOW % DAY
FIRST, LAST = MIDNIGHT + 10 * HOUR + 7 * MINUTE, MIDNIGHT + 12 * HOUR + 8 * MINUTE
"""When the events that are gone occurred."""


def asked(*cuts: int, group_by: Dimension | None = None, **filters: str | Wanted) -> Aggregation:
    wanted = {name: one_of(value) if isinstance(value, str) else value for name, value in filters.items()}
    return Aggregation(cuts, Needs.SUMS, {Dimension[name]: value for name, value in wanted.items()}, group_by)


def doubtful(question: Aggregation) -> Sequence[Run]:
    found = doubt(question, FIRST, LAST)
    assert found is not None
    return [run for runs in found.plan.runs.values() for run in runs]


def test_ends_with_nothing_beyond_them_are_moved_to_whole_quarter_hours() -> None:
    extent = (FIRST, LAST)
    assert widened((FIRST, LAST + 1), extent) == (MIDNIGHT + 10 * HOUR, MIDNIGHT + 12 * HOUR + QUARTER)
    assert widened((FIRST - 1, MIDNIGHT + 11 * HOUR, LAST), extent) == (
        MIDNIGHT + 10 * HOUR,
        MIDNIGHT + 11 * HOUR,
        LAST,
    )
    assert widened((FIRST + 1, LAST), extent) == (FIRST + 1, LAST)
    assert widened((MIDNIGHT, MIDNIGHT + DAY), extent) == (MIDNIGHT, MIDNIGHT + DAY)


@pytest.mark.parametrize(
    "question",
    [
        asked(MIDNIGHT, MIDNIGHT + DAY),
        asked(MIDNIGHT, MIDNIGHT + DAY, group_by=Dimension.USER),
        asked(MIDNIGHT + 1, FIRST - FIRST % QUARTER),
        asked(LAST + 1, MIDNIGHT + DAY - 1, AGENT="a", USER="u"),
        asked(MIDNIGHT, FIRST, SESSION="s"),
        asked(MIDNIGHT, MIDNIGHT + DAY, AGENT=one_of("a", "b", None), TYPE=one_of("t", "u")),
    ],
)
def test_where_pages_tell_all_or_nothing_is_gone_there_is_no_doubt(question: Aggregation) -> None:
    assert doubt(question, FIRST, LAST) is None


def test_ragged_edges_are_in_doubt_and_what_lies_between_is_not() -> None:
    assert doubtful(asked(FIRST + 1, MIDNIGHT + 11 * HOUR, LAST - 1)) == [
        (MIDNIGHT + 10 * HOUR, MIDNIGHT + 10 * HOUR + QUARTER),
        (MIDNIGHT + 12 * HOUR, MIDNIGHT + 12 * HOUR + QUARTER),
    ]


def test_all_of_it_is_in_doubt_where_pages_cannot_tell_what_is_asked_apart() -> None:
    question = asked(MIDNIGHT, MIDNIGHT + DAY, group_by=Dimension.SESSION)
    assert sorted(doubtful(question)) == [
        (MIDNIGHT + 10 * HOUR, MIDNIGHT + 12 * HOUR),
        (MIDNIGHT + 12 * HOUR, MIDNIGHT + 12 * HOUR + QUARTER),
    ]


@pytest.mark.parametrize(
    ("filters", "family", "besides"),
    [
        ({"SESSION": "s"}, Family.ALL, {Dimension.SESSION: {"s"}}),
        ({"SESSION": "s", "AGENT": "a", "TYPE": "t"}, Family.AGENT, {Dimension.SESSION: {"s"}}),
        ({"AGENT": "a", "USER": "u"}, Family.AGENT, {Dimension.USER: {"u"}}),
        ({"SESSION": "s", "USER": "u"}, Family.USER, {Dimension.SESSION: {"s"}}),
        ({"AGENT": one_of("a", None), "USER": one_of("u", "v")}, Family.AGENT, {Dimension.USER: {"u", "v"}}),
        ({"AGENT": Present(), "USER": one_of("u", None), "TYPE": "t"}, Family.USER, {}),
        ({"AGENT": "a", "USER": one_of("u", None)}, Family.AGENT, {}),
        ({"MODEL": Present(), "TYPE": "t"}, Family.ALL, {}),
    ],
)
def test_one_agent_or_user_chooses_the_pages_and_the_rest_is_looked_for_in_sets(
    filters: dict[str, str | Wanted], family: Family, besides: dict[Dimension, set[str]]
) -> None:
    question = asked(MIDNIGHT, MIDNIGHT + DAY, **filters)
    found = doubt(question, FIRST, LAST)
    assert found is not None
    assert (found.plan.family, found.besides) == (family, besides)
    known = {**found.filters, **{field: OneOf(values) for field, values in found.besides.items()}}
    assert known.items() <= question.filters.items()
    sessions = Needs.SESSIONS if Dimension.SESSION in besides else Needs.SUMS
    users = Needs.USERS if Dimension.USER in besides else Needs.SUMS
    assert found.question.needs == sessions | users


def test_a_doubt_is_justified_by_an_event_that_may_match() -> None:
    found = doubt(asked(MIDNIGHT, MIDNIGHT + DAY, SESSION="s", AGENT="a"), FIRST, LAST)
    assert found is not None
    ids = {Dimension.SESSION: ["t", "s"]}
    assert not found.is_justified({}, ids)
    assert not found.is_justified({"api": {0: Tally(events=3, sessions={"other"})}}, ids)
    assert not found.is_justified({"api": {0: Tally(events=3)}}, ids)
    assert found.is_justified({"api": {0: Tally(events=3, sessions={"other", "s"})}}, ids)
    assert found.is_justified({"shadower": {0: Tally(events=1)}}, ids)


def test_a_shortfall_says_since_when_everything_is_there() -> None:
    assert str(Shortfall(NOW)).startswith("Events received before 2026-01-31T09:30:00Z have been removed by retention.")
