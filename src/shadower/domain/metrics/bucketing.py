"""Which buckets suit a range, which ones before compare with them, and which local days lead up to it."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from shadower.domain.events.moments import DAY, HOUR
from shadower.domain.metrics.calendar import Bucket, Interval, buckets
from shadower.domain.metrics.periods import Range, reaching_back
from shadower.domain.metrics.zones import local_day, local_midnight

_LONGEST = (
    (Interval.QUARTER_HOUR, 6 * HOUR),
    (Interval.HOUR, 3 * DAY),
    (Interval.DAY, 100 * DAY),
    (Interval.WEEK, 3 * 366 * DAY),
)


def interval_for(asked: Range) -> Interval:
    """
    Return the interval for a range nobody chose one for.

    Quarter-hours up to 6 hours, hours up to 3 days, days up to 100 days, weeks up to 3 years, and months beyond.
    """
    return next((interval for interval, longest in _LONGEST if asked.length <= longest), Interval.MONTH)


def whole(asked: Range) -> list[Bucket]:
    """Return the range as one bucket."""
    return [Bucket(asked.start, asked.start, asked.end)]


def local_days(asked: Range, window: int, zone: ZoneInfo) -> list[Bucket]:
    """
    Return the local days that metrics over this many rolling days are computed from, oldest first.

    They are the days of the range, the first one from its midnight on and the last one up to the end of the range, and
    the `window - 1` days before. A date that a zone skipped (Apia, 2011-12-30) is no day.
    """
    wanted = window - 1 + len(buckets(reaching_back(asked, 0, zone), Interval.DAY, zone))
    reach = window - 1
    while len(days := buckets(reaching_back(asked, reach, zone), Interval.DAY, zone)) < wanted:
        reach += 1
    return days


def last_local_day(asked: Range, zone: ZoneInfo) -> Range:
    """Return the local day in which the range ends, from its midnight to the end of the range."""
    return Range(local_midnight(local_day(asked.end - 1, zone), zone), asked.end)


def aligned(current: Sequence[Bucket], now: Range, before: Range, zone: ZoneInfo) -> list[Bucket]:
    """
    Cut the period before into as many buckets as the current one, each to be compared with its like.

    Where both periods begin at a local midnight, a bucket is moved back by whole local days and keeps its distance from
    midnight; so a clock change disturbs the buckets of its own day alone. Otherwise it is moved back by the time that
    elapsed between the beginnings. A bucket for which the earlier period has no time left is empty: its start is its
    end. What it has beyond the last bucket belongs to the last.
    """
    moved = _moved(now, before, zone)
    starts = [before.start, *(min(moved(bucket.start), before.end) for bucket in current[1:])]
    edges = pairwise([*starts, before.end])
    return [Bucket(moved(bucket.label), start, end) for bucket, (start, end) in zip(current, edges, strict=True)]


def _moved(now: Range, before: Range, zone: ZoneInfo) -> Callable[[int], int]:
    midnight = cache(lambda day: local_midnight(day, zone))
    this, that = local_day(now.start, zone), local_day(before.start, zone)
    if (midnight(this), midnight(that)) != (now.start, before.start):
        return lambda instant: instant - (now.start - before.start)
    days, one = this - that, timedelta(days=1)

    def by_days(instant: int) -> int:
        day: date = local_day(instant, zone)
        earlier = day - days
        return min(midnight(earlier) + instant - midnight(day), midnight(earlier + one))

    return by_days
