from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from shadower.domain.events.moments import DAY, HOUR, MINUTE, micros_of
from shadower.domain.metrics.calendar import (
    MOST_BUCKETS,
    Bucket,
    Interval,
    Range,
    TooManyBuckets,
    buckets,
    local_time,
)

BERLIN = ZoneInfo("Europe/Berlin")
UTC = ZoneInfo("UTC")
MONDAY, SUNDAY = 0, 6


def at(text: str) -> int:
    return micros_of(datetime.fromisoformat(text))


def cut(start: str, end: str, interval: Interval, zone: ZoneInfo, first_weekday: int = MONDAY) -> list[Bucket]:
    return buckets(Range(at(start), at(end)), interval, zone, first_weekday)


def labels(found: list[Bucket], zone: ZoneInfo) -> list[str]:
    return [local_time(bucket.label, zone).isoformat(timespec="minutes") for bucket in found]


def hours(found: list[Bucket]) -> list[float]:
    return [(bucket.end - bucket.start) / HOUR for bucket in found]


@pytest.mark.parametrize(
    ("zone", "start", "end", "lengths"),
    [
        ("Europe/Berlin", "2026-03-28T00:00+01:00", "2026-03-31T00:00+02:00", [24, 23, 24]),
        ("Europe/Berlin", "2026-10-24T00:00+02:00", "2026-10-27T00:00+01:00", [24, 25, 24]),
        ("America/New_York", "2026-03-07T00:00-05:00", "2026-03-10T00:00-04:00", [24, 23, 24]),
        ("America/New_York", "2026-10-31T00:00-04:00", "2026-11-03T00:00-05:00", [24, 25, 24]),
        ("Asia/Kathmandu", "2026-03-28T00:00+05:45", "2026-03-31T00:00+05:45", [24, 24, 24]),
        ("Australia/Lord_Howe", "2026-10-03T00:00+10:30", "2026-10-06T00:00+11:00", [24, 23.5, 24]),
        ("Australia/Lord_Howe", "2026-04-04T00:00+11:00", "2026-04-07T00:00+10:30", [24, 24.5, 24]),
        ("America/Havana", "2026-03-07T00:00-05:00", "2026-03-10T00:00-04:00", [24, 23, 24]),
        ("America/Havana", "2026-10-31T00:00-04:00", "2026-11-03T00:00-05:00", [24, 25, 24]),
    ],
)
def test_the_day_of_a_clock_change_appears_once(zone: str, start: str, end: str, lengths: list[float]) -> None:
    found = cut(start, end, Interval.DAY, ZoneInfo(zone))
    assert hours(found) == lengths
    assert [bucket.label for bucket in found] == [bucket.start for bucket in found]


def test_a_doubled_hour_gives_two_buckets() -> None:
    found = cut("2026-10-25T01:00+02:00", "2026-10-25T04:00+01:00", Interval.HOUR, BERLIN)
    assert labels(found, BERLIN) == [
        "2026-10-25T01:00+02:00",
        "2026-10-25T02:00+02:00",
        "2026-10-25T02:00+01:00",
        "2026-10-25T03:00+01:00",
    ]


def test_a_skipped_hour_gives_none() -> None:
    found = cut("2026-03-29T01:00+01:00", "2026-03-29T04:00+02:00", Interval.HOUR, BERLIN)
    assert labels(found, BERLIN) == ["2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"]


def test_hours_begin_at_the_full_hour_of_the_local_clock() -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")
    found = cut("2026-07-01T10:20+05:45", "2026-07-01T12:10+05:45", Interval.HOUR, kathmandu)
    assert labels(found, kathmandu) == [f"2026-07-01T{hour}:00+05:45" for hour in (10, 11, 12)]


@pytest.mark.parametrize(
    ("start", "end", "after_the_change"),
    [
        ("2026-10-04T00:00+10:30", "2026-10-05T00:00+11:00", "2026-10-04T02:30+11:00"),
        ("2026-04-05T00:00+11:00", "2026-04-06T00:00+10:30", "2026-04-05T01:30+10:30"),
    ],
)
def test_an_hour_is_60_minutes_even_where_the_clock_changes_by_30(start: str, end: str, after_the_change: str) -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    found = cut(start, end, Interval.HOUR, lord_howe)
    assert set(hours(found[:-1])) == {1}
    assert hours(found[-1:]) == [0.5]
    assert after_the_change in labels(found, lord_howe)


def test_quarter_hours_begin_at_the_quarters_of_the_local_clock() -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")
    found = cut("2026-07-01T10:20+05:45", "2026-07-01T10:50+05:45", Interval.QUARTER_HOUR, kathmandu)
    assert [(bucket.label, bucket.start, bucket.end) for bucket in found] == [
        (at("2026-07-01T10:15+05:45"), at("2026-07-01T10:20+05:45"), at("2026-07-01T10:30+05:45")),
        (at("2026-07-01T10:30+05:45"), at("2026-07-01T10:30+05:45"), at("2026-07-01T10:45+05:45")),
        (at("2026-07-01T10:45+05:45"), at("2026-07-01T10:45+05:45"), at("2026-07-01T10:50+05:45")),
    ]


def test_quarter_hours_tile_the_half_hour_that_lord_howe_repeats() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    found = cut("2026-04-05T01:30+11:00", "2026-04-05T02:00+10:30", Interval.QUARTER_HOUR, lord_howe)
    assert [label[11:] for label in labels(found, lord_howe)] == [
        "01:30+11:00",
        "01:45+11:00",
        "01:30+10:30",
        "01:45+10:30",
    ]


def test_the_first_and_last_bucket_count_only_what_was_asked_and_are_labelled_whole() -> None:
    found = cut("2026-07-01T15:00+02:00", "2026-07-03T09:00+02:00", Interval.DAY, BERLIN)
    assert labels(found, BERLIN) == [f"2026-07-0{day}T00:00+02:00" for day in (1, 2, 3)]
    assert hours(found) == [9, 24, 9]
    assert found[0].range == Range(at("2026-07-01T15:00+02:00"), at("2026-07-02T00:00+02:00"))


def test_a_range_within_one_bucket_is_one_bucket() -> None:
    found = cut("2026-07-01T15:00Z", "2026-07-01T15:00:00.000001Z", Interval.MONTH, UTC)
    assert found == [Bucket(at("2026-07-01T00:00Z"), at("2026-07-01T15:00Z"), at("2026-07-01T15:00Z") + 1)]


def test_the_end_of_a_range_opens_no_bucket() -> None:
    assert len(cut("2026-07-01T00:00Z", "2026-07-02T00:00Z", Interval.DAY, UTC)) == 1


@pytest.mark.parametrize(
    ("first_weekday", "first"), [(MONDAY, "2026-06-29"), (SUNDAY, "2026-06-28"), (2, "2026-07-01")]
)
def test_weeks_begin_on_the_first_weekday(first_weekday: int, first: str) -> None:
    found = cut("2026-07-01T12:00+02:00", "2026-07-20T00:00+02:00", Interval.WEEK, BERLIN, first_weekday)
    assert labels(found, BERLIN)[0] == f"{first}T00:00+02:00"
    assert {bucket.end - bucket.label for bucket in found[:-1]} == {7 * DAY}


def test_the_week_of_a_clock_change_is_an_hour_longer() -> None:
    found = cut("2026-10-19T00:00+02:00", "2026-11-02T00:00+01:00", Interval.WEEK, BERLIN)
    assert hours(found) == [7 * 24 + 1, 7 * 24]


def test_months_are_months_of_the_local_calendar() -> None:
    found = cut("2026-01-31T12:00+01:00", "2026-04-02T00:00+02:00", Interval.MONTH, BERLIN)
    assert [label[:10] for label in labels(found, BERLIN)] == ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"]
    assert hours(found) == [12, 28 * 24, 31 * 24 - 1, 24]


def test_a_year_has_its_leap_day_and_twelve_months() -> None:
    assert len(cut("2028-01-01T00:00Z", "2029-01-01T00:00Z", Interval.DAY, UTC)) == 366
    assert len(cut("2028-01-01T00:00Z", "2029-01-01T00:00Z", Interval.MONTH, UTC)) == 12


def test_a_date_that_was_skipped_is_no_bucket() -> None:
    apia = ZoneInfo("Pacific/Apia")
    found = cut("2011-12-29T00:00-10:00", "2012-01-02T00:00+14:00", Interval.DAY, apia)
    assert [label[8:10] for label in labels(found, apia)] == ["29", "31", "01"]
    assert hours(found) == [24, 24, 24]


def test_a_week_that_would_begin_on_a_skipped_date_begins_on_the_next() -> None:
    apia = ZoneInfo("Pacific/Apia")
    found = cut("2011-12-23T00:00-10:00", "2012-01-06T00:00+14:00", Interval.WEEK, apia, first_weekday=4)
    assert [label[:10] for label in labels(found, apia)] == ["2011-12-23", "2011-12-31"]


def test_an_interval_too_fine_for_the_range_is_refused() -> None:
    most = Range(0, MOST_BUCKETS * 15 * MINUTE)
    assert len(buckets(most, Interval.QUARTER_HOUR, UTC)) == MOST_BUCKETS
    with pytest.raises(TooManyBuckets, match="more than 5,000 buckets of interval 15m") as caught:
        buckets(Range(0, most.end + 1), Interval.QUARTER_HOUR, UTC)
    assert (caught.value.code, caught.value.field) == ("too_many_buckets", "interval")


def test_a_range_of_all_time_is_refused_before_it_is_cut() -> None:
    for interval in Interval:
        with pytest.raises(TooManyBuckets):
            cut("0003-01-01T00:00Z", "9998-01-01T00:00Z", interval, BERLIN)
