"""The calendar against clocks read minute by minute, around the changes of clocks of every kind."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shadower.domain.metrics.calendar import (
    Bucket,
    Interval,
    Range,
    Timeframe,
    buckets,
    local_day,
    local_midnight,
    previous,
    resolve_timeframe,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = 60_000_000
DAY = 1440 * MINUTE
WEDNESDAY = 2

CHANGES = {
    "Europe/Berlin": ["2026-03-29", "2026-10-25"],
    "America/New_York": ["2026-03-08", "2026-11-01"],
    "Asia/Kathmandu": ["2026-03-29"],
    "Australia/Lord_Howe": ["2026-04-05", "2026-10-04"],
    "America/Havana": ["2026-03-08", "2026-11-01"],
    "Asia/Beirut": ["2022-03-27", "2022-10-30"],
    "America/Sao_Paulo": ["2018-02-18", "2018-11-04"],
    "America/St_Johns": ["2010-03-14", "2010-11-07"],
    "Pacific/Apia": ["2011-12-30", "2012-04-01"],
    "America/Scoresbysund": ["2024-03-31", "2025-10-26"],
}
AROUND_CHANGES = [(name, date.fromisoformat(day)) for name, days in CHANGES.items() for day in days]


def clock(instant: int, zone: ZoneInfo) -> datetime:
    return (EPOCH + timedelta(microseconds=instant)).astimezone(zone)


def minutes_around(day: date, days: int = 3) -> range:
    noon = (day - EPOCH.date()).days * DAY + DAY // 2
    return range(noon - days * DAY, noon + days * DAY, MINUTE)


def stays(dates: list[date]) -> Iterator[date]:
    """The day of each minute: the greatest date the clock will not leave for an earlier one. Read from the end."""
    least = date.max
    for shown in reversed(dates):
        least = min(least, shown)
        yield least


def first_date(of: date, interval: Interval) -> date:
    """The first date of its day, its week from Wednesday, or its month."""
    while (interval is Interval.WEEK and of.weekday() != WEDNESDAY) or (interval is Interval.MONTH and of.day != 1):
        of -= timedelta(days=1)
    return of


@st.composite
def ranges(draw: st.DrawFn) -> tuple[Range, ZoneInfo]:
    """Ranges of up to a week near a change of the clock, at odd instants as well as at whole quarter-hours."""
    name, day = draw(st.sampled_from(AROUND_CHANGES))
    middle = (day - EPOCH.date()).days * DAY
    unit = draw(st.sampled_from([1, MINUTE, 15 * MINUTE]))
    start = (middle + draw(st.integers(-5 * DAY, 3 * DAY))) // unit * unit
    length = draw(st.integers(1, 7 * DAY)) // unit * unit
    assume(length > 0)
    return Range(start, start + length), ZoneInfo(name)


intervals = st.sampled_from(list(Interval))
weekdays = st.integers(0, 6)


@pytest.mark.parametrize(("name", "day"), AROUND_CHANGES)
def test_days_begin_when_a_clock_read_every_minute_says_so(name: str, day: date) -> None:
    zone = ZoneInfo(name)
    minutes = minutes_around(day)
    days = list(stays([clock(minute, zone).date() for minute in minutes]))[::-1]
    observed = {
        later: minute for minute, (earlier, later) in zip(minutes[1:], pairwise(days), strict=True) if later != earlier
    }
    assert observed == {seen: local_midnight(seen, zone) for seen in observed}
    assert len(observed) >= 5
    assert [local_day(minute, zone) for minute in minutes[::7]] == days[::7]


@pytest.mark.parametrize(("name", "day"), AROUND_CHANGES)
@pytest.mark.parametrize("interval", [Interval.DAY, Interval.WEEK, Interval.MONTH])
def test_every_minute_is_in_the_bucket_of_its_local_day(name: str, day: date, interval: Interval) -> None:
    zone = ZoneInfo(name)
    minutes = minutes_around(day)
    days = list(stays([clock(minute, zone).date() for minute in minutes]))[::-1]
    groups = [first_date(of, interval) for of in days]
    firsts = [minute for minute, pair in zip(minutes[1:], pairwise(groups), strict=True) if pair[0] != pair[1]]
    found = buckets(Range(minutes[0], minutes[-1]), interval, zone, first_weekday=WEDNESDAY)
    assert [bucket.start for bucket in found] == [minutes[0], *firsts]


@given(ranges(), intervals, weekdays)
def test_buckets_tile_the_range_without_gap_or_overlap(
    asked: tuple[Range, ZoneInfo], interval: Interval, first_weekday: int
) -> None:
    span, zone = asked
    found = buckets(span, interval, zone, first_weekday)
    assert (found[0].start, found[-1].end) == (span.start, span.end)
    assert all(one.end == other.start for one, other in pairwise(found))
    assert all(bucket.start < bucket.end for bucket in found)
    assert all(bucket.label == bucket.start for bucket in found[1:])
    assert found[0].label <= found[0].start


@given(ranges(), intervals, weekdays, st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_a_range_cut_in_two_has_the_same_local_buckets(
    asked: tuple[Range, ZoneInfo], interval: Interval, first_weekday: int, share: float
) -> None:
    """So a bucket means the same in every chart (hours only where clocks change by whole hours)."""
    span, zone = asked
    assume(zone.key != "Australia/Lord_Howe" or interval is not Interval.HOUR)
    middle = span.start + int(span.length * share)
    assume(span.start < middle < span.end)

    def cut(start: int, end: int) -> list[Bucket]:
        return buckets(Range(start, end), interval, zone, first_weekday)

    labels = {bucket.label for bucket in cut(span.start, span.end)}
    assert {bucket.label for bucket in cut(span.start, middle) + cut(middle, span.end)} == labels


@given(ranges())
def test_each_local_day_of_a_range_appears_once(asked: tuple[Range, ZoneInfo]) -> None:
    span, zone = asked
    days = [local_day(bucket.start, zone) for bucket in buckets(span, Interval.DAY, zone)]
    assert days == sorted(set(days))
    assert days[0] == local_day(span.start, zone)
    assert days[-1] == local_day(span.end - 1, zone)


@given(ranges(), st.sampled_from([(Interval.HOUR, 60), (Interval.QUARTER_HOUR, 15)]))
def test_hours_and_quarters_are_elapsed_time_from_a_full_one_of_the_local_clock(
    asked: tuple[Range, ZoneInfo], width: tuple[Interval, int]
) -> None:
    span, zone = asked
    interval, minutes = width
    found = buckets(span, interval, zone)
    assert all(later.label - earlier.label == minutes * MINUTE for earlier, later in pairwise(found))
    assert 0 <= span.start - found[0].label < minutes * MINUTE
    shown = clock(span.start, zone)
    offset = shown.utcoffset() or timedelta()
    began = (clock(found[0].label, zone).astimezone(UTC) + offset).time()
    assert (began.minute % minutes, began.second, began.microsecond) == (0, 0, 0)


@given(ranges())
def test_the_previous_period_ends_where_this_one_starts(asked: tuple[Range, ZoneInfo]) -> None:
    span, zone = asked
    before = previous(span, span.end + DAY, zone)
    assert before.end == span.start
    assert abs(before.length - span.length) <= DAY


@given(ranges(), st.sampled_from(Timeframe))
def test_a_timeframe_and_the_one_before_start_as_far_apart_as_it_is_long(
    asked: tuple[Range, ZoneInfo], timeframe: Timeframe
) -> None:
    now, zone = asked[0].start, asked[1]
    current = resolve_timeframe(timeframe, now, zone)
    before = previous(current, now, zone, timeframe)
    assert current.end == now
    assert before.start < before.end <= current.start
    assert before.length == current.length or before.end == current.start
    if timeframe.local_days is not None:
        assert (local_day(now, zone) - local_day(current.start, zone)).days <= timeframe.local_days - 1
        assert clock(current.start - 1, zone).date() < clock(current.start, zone).date()
