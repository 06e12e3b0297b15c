"""
The one time rule: how a range is cut into buckets.

Ranges are half-open, `[start, end)`. Days, weeks and months are cut in local time, so the day of a clock change is one
bucket of 23 or 25 hours (Lord Howe: 23.5 or 24.5). Hours and quarter-hours are elapsed time, always 60 and 15 minutes,
so an hour the clock goes through twice is two buckets. `zones` says when a day begins and `periods` what is asked for;
their names are offered here too.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shadower.domain.errors import Invalid
from shadower.domain.events.moments import HOUR
from shadower.domain.metrics.periods import (
    InvalidRange,
    Range,
    Timeframe,
    previous,
    reaching_back,
    resolve_timeframe,
    so_far,
)
from shadower.domain.metrics.zones import (
    UnknownTimeZone,
    local_day,
    local_midnight,
    local_time,
    offset_at,
    time_zone,
)

__all__ = [
    "MOST_BUCKETS",
    "Bucket",
    "Interval",
    "InvalidRange",
    "Range",
    "Timeframe",
    "TooManyBuckets",
    "UnknownTimeZone",
    "buckets",
    "local_day",
    "local_midnight",
    "local_time",
    "offset_at",
    "previous",
    "reaching_back",
    "resolve_timeframe",
    "so_far",
    "time_zone",
]

MOST_BUCKETS = 5_000


class TooManyBuckets(Invalid):
    """The interval is too fine for the range."""

    code = "too_many_buckets"


class Interval(StrEnum):
    """The width of a bucket."""

    QUARTER_HOUR = "15m"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Bucket(NamedTuple):
    """
    One cut of a range, in microseconds.

    `label` is where the whole bucket begins on the calendar and is what a chart shows. `start` and `end` are the part
    of it inside the range: what is counted. They differ from the whole only in the first and the last bucket.
    """

    label: int
    start: int
    end: int

    @property
    def range(self) -> Range:
        """What is counted."""
        return Range(self.start, self.end)


def buckets(asked: Range, interval: Interval, zone: ZoneInfo, first_weekday: int = 0) -> list[Bucket]:
    """
    Cut a range into buckets that follow each other without gap or overlap; `first_weekday` is 0 for Monday to 6.

    The first and the last may be partial. Hours begin where the local clock shows :00 at the start of the range, also
    in zones that are not whole hours from UTC, and then follow each other every 60 minutes. Only Lord Howe changes its
    clock by half an hour: a range across that change goes on with hours that begin at the local :30, because the
    alternative is an hour of 30 or 90 minutes. Raises TooManyBuckets past 5,000.
    """
    cuts = _cuts(asked, interval, zone, first_weekday)
    starts = list(islice(cuts, MOST_BUCKETS + 1))
    if len(starts) > MOST_BUCKETS:
        raise TooManyBuckets(
            f"The range has more than {MOST_BUCKETS:,} buckets of interval {interval.value}. "
            "Take a coarser interval or a shorter range.",
            field="interval",
        )
    edges = [asked.start, *starts[1:], asked.end]
    return [Bucket(label, start, end) for label, (start, end) in zip(starts, pairwise(edges), strict=True)]


def _cuts(asked: Range, interval: Interval, zone: ZoneInfo, first_weekday: int) -> Iterator[int]:
    """Yield where buckets begin, from the one that holds the start of the range to the last one before its end."""
    if interval is Interval.HOUR:
        return _elapsed_cuts(asked, HOUR, zone)
    if interval is Interval.QUARTER_HOUR:
        return _elapsed_cuts(asked, HOUR // 4, zone)
    return _local_cuts(asked, interval, zone, first_weekday)


def _elapsed_cuts(asked: Range, width: int, zone: ZoneInfo) -> Iterator[int]:
    offset = offset_at(asked.start, zone)
    return iter(range((asked.start + offset) // width * width - offset, asked.end, width))


def _local_cuts(asked: Range, interval: Interval, zone: ZoneInfo, first_weekday: int) -> Iterator[int]:
    day = _aligned(local_day(asked.start, zone), interval, first_weekday)
    cut = local_midnight(day, zone)
    while cut < asked.end:
        day = _following(day, interval)
        following = local_midnight(day, zone)
        if following > cut:  # a skipped date begins when the next one does, and is no bucket
            yield cut
        cut = following


def _aligned(day: date, interval: Interval, first_weekday: int) -> date:
    if interval is Interval.WEEK:
        return day - timedelta(days=(day.weekday() - first_weekday) % 7)
    return day.replace(day=1) if interval is Interval.MONTH else day


def _following(day: date, interval: Interval) -> date:
    if interval is Interval.MONTH:
        return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if interval is Interval.WEEK else 1)
