"""Buckets of the period before, and the local days that lead up to a range."""

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from shadower.domain.events.moments import HOUR
from shadower.domain.metrics.bucketing import aligned, last_local_day, local_days
from shadower.domain.metrics.calendar import Bucket, Interval, Range, buckets, local_midnight

BERLIN = ZoneInfo("Europe/Berlin")
APIA = ZoneInfo("Pacific/Apia")


def days(first: str, last: str, zone: ZoneInfo = BERLIN) -> Range:
    return Range(*(local_midnight(date.fromisoformat(day), zone) for day in (first, last)))


def hours(cut: list[Bucket]) -> list[float]:
    return [(bucket.end - bucket.start) / HOUR for bucket in cut]


def test_days_are_compared_with_days_however_long_each_is() -> None:
    now, before = days("2026-03-28", "2026-03-31"), days("2026-03-25", "2026-03-28")
    cut = buckets(now, Interval.DAY, BERLIN)
    assert hours(cut) == [24, 23, 24]
    assert aligned(cut, now, before, BERLIN) == buckets(before, Interval.DAY, BERLIN)


def test_a_clock_change_disturbs_the_hours_of_its_own_day_alone() -> None:
    now, before = days("2026-03-30", "2026-04-01"), days("2026-03-28", "2026-03-30")
    cut = aligned(buckets(now, Interval.HOUR, BERLIN), now, before, BERLIN)
    assert hours(cut) == [1] * 24 + [1] * 23 + [0]
    assert cut[24].label == local_midnight(date(2026, 3, 29), BERLIN)


def test_the_hour_a_long_day_has_more_is_in_its_last_bucket() -> None:
    now, before = days("2026-10-26", "2026-10-27"), days("2026-10-25", "2026-10-26")
    cut = aligned(buckets(now, Interval.HOUR, BERLIN), now, before, BERLIN)
    assert hours(cut) == [1] * 23 + [2]


def test_the_hour_a_long_day_has_more_is_compared_with_nothing() -> None:
    now, before = days("2026-10-25", "2026-10-26"), days("2026-10-24", "2026-10-25")
    cut = aligned(buckets(now, Interval.HOUR, BERLIN), now, before, BERLIN)
    assert hours(cut) == [1] * 24 + [0]


def test_weeks_are_compared_at_the_same_distance_from_the_beginning() -> None:
    now, before = days("2026-02-04", "2026-02-16"), days("2026-01-23", "2026-02-04")
    cut = buckets(now, Interval.WEEK, BERLIN)
    assert hours(cut) == [5 * 24, 7 * 24]
    assert hours(aligned(cut, now, before, BERLIN)) == [5 * 24, 7 * 24]


def test_other_periods_are_moved_back_by_elapsed_time() -> None:
    now, before = Range(10 * HOUR, 13 * HOUR + 7), Range(7 * HOUR - 7, 10 * HOUR)
    cut = aligned(buckets(now, Interval.HOUR, BERLIN), now, before, BERLIN)
    assert [bucket.start - before.start for bucket in cut] == [0, HOUR, 2 * HOUR, 3 * HOUR]
    assert cut[-1].end == before.end


def test_a_period_before_that_was_cut_short_leaves_the_last_buckets_empty() -> None:
    now, before = days("2026-02-04", "2026-02-07"), days("2026-02-01", "2026-02-03")
    assert hours(aligned(buckets(now, Interval.DAY, BERLIN), now, before, BERLIN)) == [24, 24, 0]


@pytest.mark.parametrize("interval", list(Interval))
@pytest.mark.parametrize("offset", range(-40, 41, 8))
def test_aligned_buckets_cover_the_period_before_without_gap_or_overlap(interval: Interval, offset: int) -> None:
    start = local_midnight(date(2026, 10, 24), BERLIN) + offset * HOUR // 2
    now, before = Range(start, start + 50 * HOUR), Range(start - 50 * HOUR, start)
    current = buckets(now, interval, BERLIN)
    cut = aligned(current, now, before, BERLIN)
    assert len(cut) == len(current)
    assert (cut[0].start, cut[-1].end) == (before.start, before.end)
    assert all(low.end == high.start and low.start <= low.end for low, high in pairwise(cut))


def test_the_days_that_lead_up_to_a_range_begin_with_whole_days_and_end_with_it() -> None:
    noon = days("2026-03-30", "2026-03-31").start + 12 * HOUR
    found = local_days(Range(noon, noon + HOUR), 7, BERLIN)
    assert hours(found) == [24, 24, 24, 24, 24, 23, 13]


def test_a_date_the_zone_skipped_is_no_day() -> None:
    found = local_days(days("2012-01-01", "2012-01-02", APIA), 4, APIA)
    dates = [local_midnight(date(2012, 1, 1) - timedelta(days=back), APIA) for back in (4, 3, 1, 0)]
    assert [bucket.start for bucket in found] == dates


def test_the_last_day_of_a_range_that_ends_at_midnight_is_the_one_before() -> None:
    assert last_local_day(days("2026-03-01", "2026-03-30"), BERLIN) == days("2026-03-29", "2026-03-30")
