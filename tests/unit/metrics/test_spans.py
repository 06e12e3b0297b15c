from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from shadower.domain.events.moments import DAY, HOUR, micros_of
from shadower.domain.metrics.question import Dimension
from shadower.domain.metrics.spans import VIEWS, Span, Width, fewest, possible, spans_over, view_for

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = 0


def utc(*moment: int) -> int:
    return micros_of(datetime(*moment, tzinfo=UTC))  # type: ignore[arg-type]


def utc_days(first: int, count: int) -> list[int]:
    return [first // DAY * DAY + number * DAY for number in range(count)]


def of(width: Width, spans: list[Span]) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in spans if span.width is width]


def test_days_weeks_and_months_are_those_of_the_workspaces_calendar() -> None:
    spans = spans_over(utc_days(utc(2026, 3, 1), 31), BERLIN, MONDAY, utc(2026, 4, 20))
    assert of(Width.MONTH, spans) == [(utc(2026, 2, 28, 23), utc(2026, 3, 31, 22))]  # April is not over
    assert (utc(2026, 3, 28, 23), utc(2026, 3, 29, 22)) in of(Width.DAY, spans)  # the day of 23 hours
    assert (utc(2026, 3, 22, 23), utc(2026, 3, 29, 22)) in of(Width.WEEK, spans)
    days = of(Width.DAY, spans)
    assert all(before[1] == after[0] for before, after in pairwise(days))


def test_weeks_begin_on_the_workspaces_first_weekday() -> None:
    (monday,) = of(Width.WEEK, spans_over([utc(2026, 3, 4)], ZoneInfo("UTC"), 0, utc(2026, 5, 1)))
    (sunday,) = of(Width.WEEK, spans_over([utc(2026, 3, 4)], ZoneInfo("UTC"), 6, utc(2026, 5, 1)))
    assert (monday[0], sunday[0]) == (utc(2026, 3, 2), utc(2026, 3, 1))


def test_a_span_is_over_at_its_end_and_not_before() -> None:
    day = utc(2026, 3, 4)
    assert of(Width.DAY, spans_over([day], ZoneInfo("UTC"), MONDAY, day + DAY)) == [(day, day + DAY)]
    assert spans_over([day], ZoneInfo("UTC"), MONDAY, day + DAY - 1) == []


def test_a_date_that_was_skipped_is_no_span() -> None:
    days = of(Width.DAY, spans_over(utc_days(utc(2011, 12, 29), 4), ZoneInfo("Pacific/Apia"), MONDAY, utc(2012, 6, 1)))
    assert all(start < end for start, end in days)
    assert all(before[1] == after[0] for before, after in pairwise(days))


def test_the_widest_spans_of_each_bucket_are_chosen_and_none_across_a_cut() -> None:
    first = utc(2026, 3, 1)
    spans = spans_over(utc_days(first, 31), ZoneInfo("UTC"), MONDAY, utc(2027, 1, 1))
    (month,) = fewest(spans, [first, utc(2026, 4, 1)])
    assert (month.width, month.start) == (Width.MONTH, first)
    cut = fewest(spans, [first, utc(2026, 3, 18), utc(2026, 4, 1)])
    assert {span.width for span in cut} == {Width.WEEK, Width.DAY}
    assert all(before.end == after.start for before, after in pairwise(cut))
    assert (cut[0].start, cut[-1].end) == (first, utc(2026, 4, 1))
    assert utc(2026, 3, 18) in {span.start for span in cut}


def test_a_span_that_reaches_beyond_the_question_is_not_chosen() -> None:
    day = Span(Width.DAY, 0, DAY)
    assert fewest([day], [1, 2 * DAY]) == fewest([day], [0, DAY - 1]) == []
    assert fewest([day], [-5, DAY]) == [day]


def test_spans_of_an_earlier_calendar_are_used_where_they_do_not_overlap() -> None:
    new, old = Span(Width.DAY, 0, DAY), Span(Width.DAY, DAY - HOUR, 2 * DAY - HOUR)
    assert fewest([old, new], [0, 3 * DAY]) == [new]


def test_weeks_and_months_wait_for_their_days() -> None:
    wanted = spans_over(utc_days(utc(2026, 3, 2), 7), ZoneInfo("UTC"), MONDAY, utc(2026, 3, 20))
    days, (week,) = [span for span in wanted if span.width is Width.DAY], of(Width.WEEK, wanted)
    assert possible(wanted, []) == days[::-1]
    assert possible(wanted, days[1:]) == days[:1]
    assert [(span.start, span.end) for span in possible(wanted, days)] == [week]
    assert possible(wanted, wanted) == []


@pytest.mark.parametrize(
    ("filtered", "grouped", "expected"),
    [
        ([], None, ()),
        ([Dimension.TYPE], None, (Dimension.TYPE,)),
        ([Dimension.STATUS], Dimension.TYPE, (Dimension.TYPE, Dimension.STATUS)),
        ([], Dimension.AGENT, (Dimension.AGENT,)),
        ([Dimension.AGENT], None, ()),
        ([Dimension.AGENT], Dimension.MODEL, (Dimension.MODEL,)),
    ],
)
def test_a_question_is_answered_by_the_view_of_its_dimensions(
    filtered: list[Dimension], grouped: Dimension | None, expected: tuple[Dimension, ...]
) -> None:
    number = view_for(filtered, grouped)
    assert number is not None
    assert VIEWS[number] == expected


@pytest.mark.parametrize(
    ("filtered", "grouped"),
    [
        ([Dimension.USER], None),
        ([], Dimension.SESSION),
        ([Dimension.TYPE, Dimension.MODEL], Dimension.STATUS),
        ([Dimension.TYPE], Dimension.AGENT),
        ([Dimension.AGENT], Dimension.AGENT),
        ([Dimension.AGENT, Dimension.TYPE], Dimension.MODEL),
    ],
)
def test_other_questions_are_left_to_pages_and_events(filtered: list[Dimension], grouped: Dimension | None) -> None:
    assert view_for(filtered, grouped) is None
