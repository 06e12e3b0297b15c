from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from shadower.domain.events.moments import DAY, HOUR, micros_of
from shadower.domain.metrics.calendar import (
    InvalidRange,
    Range,
    Timeframe,
    previous,
    reaching_back,
    resolve_timeframe,
    so_far,
)

BERLIN = ZoneInfo("Europe/Berlin")
HAVANA = ZoneInfo("America/Havana")


def at(text: str) -> int:
    return micros_of(datetime.fromisoformat(text))


def between(start: str, end: str) -> Range:
    return Range(at(start), at(end))


def test_24h_are_the_last_24_hours_also_across_a_clock_change() -> None:
    now = at("2026-03-29T12:34:56.789Z")
    assert resolve_timeframe(Timeframe("24h"), now, BERLIN) == Range(now - DAY, now)


@pytest.mark.parametrize(
    ("timeframe", "start"),
    [
        ("7d", "2026-03-26T00:00+01:00"),
        ("30d", "2026-03-03T00:00+01:00"),
        ("90d", "2026-01-02T00:00+01:00"),
        ("1y", "2025-04-02T00:00+02:00"),
    ],
)
def test_other_timeframes_are_local_days_up_to_now_with_today(timeframe: str, start: str) -> None:
    now = at("2026-04-01T09:30+02:00")
    assert resolve_timeframe(Timeframe(timeframe), now, BERLIN) == Range(at(start), now)


def test_today_is_the_day_of_the_zone() -> None:
    now = at("2026-07-01T20:00Z")
    assert resolve_timeframe(Timeframe.LAST_7_DAYS, now, ZoneInfo("Asia/Kathmandu")).start == at(
        "2026-06-26T00:00+05:45"
    )
    assert resolve_timeframe(Timeframe.LAST_7_DAYS, now, ZoneInfo("UTC")).start == at("2026-06-25T00:00Z")


def test_a_timeframe_starts_at_the_first_instant_of_a_day_without_midnight() -> None:
    now = at("2026-03-14T12:00Z")
    assert resolve_timeframe(Timeframe.LAST_7_DAYS, now, HAVANA).start == at("2026-03-08T05:00Z")


@pytest.mark.parametrize(("start", "end"), [(5, 5), (5, 4)])
def test_a_range_that_holds_no_instant_is_refused(start: int, end: int) -> None:
    with pytest.raises(InvalidRange, match="before its end"):
        Range(start, end)


@pytest.mark.parametrize("years", [(1, 2026), (2026, 9999)])
def test_a_range_at_the_edge_of_the_calendar_is_refused(years: tuple[int, int]) -> None:
    with pytest.raises(InvalidRange, match="between the years"):
        between(f"{years[0]:04}-06-01T00:00Z", f"{years[1]}-06-01T00:00Z")


def test_the_hours_of_a_range_are_elapsed_ones() -> None:
    day_of_the_change = between("2026-04-05T00:00+11:00", "2026-04-06T00:00+10:30")
    assert day_of_the_change.hours == Fraction(49, 2)


def test_the_previous_24_hours_are_the_24_hours_before() -> None:
    now = at("2026-03-29T12:34Z")
    current = resolve_timeframe(Timeframe.LAST_24_HOURS, now, BERLIN)
    assert previous(current, now, BERLIN, Timeframe.LAST_24_HOURS) == Range(now - 2 * DAY, now - DAY)


def test_the_previous_7_days_are_cut_at_the_same_elapsed_time() -> None:
    now = at("2026-07-15T09:30+02:00")
    current = resolve_timeframe(Timeframe.LAST_7_DAYS, now, BERLIN)
    before = previous(current, now, BERLIN, Timeframe.LAST_7_DAYS)
    assert before == between("2026-07-02T00:00+02:00", "2026-07-08T09:30+02:00")


def test_elapsed_time_not_the_clock_decides_where_a_previous_period_with_a_clock_change_is_cut() -> None:
    now = at("2026-04-05T09:30+02:00")
    current = resolve_timeframe(Timeframe.LAST_7_DAYS, now, BERLIN)
    assert current == between("2026-03-30T00:00+02:00", "2026-04-05T09:30+02:00")
    before = previous(current, now, BERLIN, Timeframe.LAST_7_DAYS)
    assert before == between("2026-03-23T00:00+01:00", "2026-03-29T10:30+02:00")
    assert before.length == current.length


def test_a_previous_period_with_an_hour_less_ends_with_its_last_day() -> None:
    now = at("2026-04-05T23:30+02:00")
    current = resolve_timeframe(Timeframe.LAST_7_DAYS, now, BERLIN)
    assert previous(current, now, BERLIN, Timeframe.LAST_7_DAYS) == Range(at("2026-03-23T00:00+01:00"), current.start)


def test_a_range_of_whole_local_days_follows_as_many_local_days() -> None:
    week_of_the_change = between("2026-03-23T00:00+01:00", "2026-03-30T00:00+02:00")
    assert week_of_the_change.length == 7 * DAY - HOUR
    now = at("2026-07-01T00:00Z")
    assert previous(week_of_the_change, now, BERLIN) == between("2026-03-16T00:00+01:00", "2026-03-23T00:00+01:00")
    in_utc = Range(week_of_the_change.start - week_of_the_change.length, week_of_the_change.start)
    assert previous(week_of_the_change, now, ZoneInfo("UTC")) == in_utc


def test_any_other_range_follows_the_same_elapsed_time() -> None:
    current = between("2026-03-29T01:00+01:00", "2026-03-29T11:00+02:00")
    before = between("2026-03-28T16:00+01:00", "2026-03-29T01:00+01:00")
    assert previous(current, at("2026-07-01T00:00Z"), BERLIN) == before


def test_a_range_that_ends_after_now_is_running_and_both_are_cut() -> None:
    month = between("2026-07-01T00:00Z", "2026-08-01T00:00Z")
    now = at("2026-07-10T06:00Z")
    assert so_far(month, now) == between("2026-07-01T00:00Z", "2026-07-10T06:00Z")
    assert previous(month, now, ZoneInfo("UTC")) == between("2026-05-31T00:00Z", "2026-06-09T06:00Z")


@pytest.mark.parametrize("now", ["2026-06-01T00:00Z", "2026-08-01T00:00Z", "2027-01-01T00:00Z"])
def test_a_range_that_is_over_or_has_not_begun_is_whole(now: str) -> None:
    month = between("2026-07-01T00:00Z", "2026-08-01T00:00Z")
    assert so_far(month, at(now)) == month
    assert previous(month, at(now), ZoneInfo("UTC")) == between("2026-05-31T00:00Z", "2026-07-01T00:00Z")


def test_reaching_back_adds_local_days_before_the_day_of_the_start() -> None:
    asked = between("2026-03-30T15:00+02:00", "2026-04-01T00:00+02:00")
    assert reaching_back(asked, 6, BERLIN) == between("2026-03-24T00:00+01:00", "2026-04-01T00:00+02:00")
