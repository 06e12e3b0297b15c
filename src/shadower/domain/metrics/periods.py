"""The period a question is about, and the one before it to compare with."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from shadower.domain.errors import Invalid
from shadower.domain.events.moments import DAY, HOUR, micros_of
from shadower.domain.metrics.zones import local_day, local_midnight

EARLIEST = micros_of(datetime(2, 1, 1, tzinfo=UTC))
LATEST = micros_of(datetime(9998, 12, 31, tzinfo=UTC))
"""A year of room on either side of what a date can say, for offsets and for cutting weeks and months."""


class InvalidRange(Invalid):
    """A range ends before or where it starts, or lies outside the calendar."""

    code = "invalid_range"


@dataclass(frozen=True, slots=True)
class Range:
    """The instants from `start` up to but without `end`, in microseconds. Raises InvalidRange unless start < end."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise InvalidRange("The range is empty: its start must lie before its end.", field="from")
        if self.start < EARLIEST or self.end > LATEST:
            raise InvalidRange("The range must lie between the years 2 and 9998.", field="from")

    @property
    def length(self) -> int:
        """How many microseconds elapse in the range."""
        return self.end - self.start

    @property
    def hours(self) -> Fraction:
        """How many hours of 60 minutes elapse in the range, exactly."""
        return Fraction(self.length, HOUR)


class Timeframe(StrEnum):
    """A period that ends now, by name."""

    LAST_24_HOURS = "24h"
    LAST_7_DAYS = "7d"
    LAST_30_DAYS = "30d"
    LAST_90_DAYS = "90d"
    LAST_YEAR = "1y"

    @property
    def local_days(self) -> int | None:
        """How many local days it covers, today included; None for the last 24 hours, which are elapsed time."""
        return _LOCAL_DAYS[self]


_LOCAL_DAYS: dict[Timeframe, int | None] = {
    Timeframe.LAST_24_HOURS: None,
    Timeframe.LAST_7_DAYS: 7,
    Timeframe.LAST_30_DAYS: 30,
    Timeframe.LAST_90_DAYS: 90,
    Timeframe.LAST_YEAR: 365,
}


def resolve_timeframe(timeframe: Timeframe, now: int, zone: ZoneInfo) -> Range:
    """
    Return the range that ends now: the last 24 hours, or the last N local days up to now, today included.

    At the very first instant of a day, today has not had an instant yet and the range ends where yesterday does.
    """
    days = timeframe.local_days
    if days is None:
        return Range(now - DAY, now)
    return Range(local_midnight(local_day(now, zone) - timedelta(days=days - 1), zone), now)


def so_far(current: Range, now: int) -> Range:
    """Return the part of the range that has elapsed: cut at now while it is still running, and else all of it."""
    return Range(current.start, now) if current.start < now < current.end else current


def previous(current: Range, now: int, zone: ZoneInfo, timeframe: Timeframe | None = None) -> Range:
    """
    Return the period of the same length immediately before, cut at the same elapsed time while this one is running.

    Length is counted as the period is: a period of local days (a timeframe of days, or a range from one local midnight
    to another) follows as many local days, whether these have 23, 24 or 25 hours each; every other length is elapsed
    time. A period is running when it is a timeframe or ends after now; then both start at their own beginning and last
    equally long, so compare it with `so_far(current, now)`. The earlier one never reaches into the later: when its days
    have an hour less than those being compared with, it ends with its last day.
    """
    start = _previous_start(current, zone, timeframe)
    if timeframe is None and not current.start < now < current.end:
        return Range(start, current.start)
    return Range(start, min(start + so_far(current, now).length, current.start))


def reaching_back(current: Range, days: int, zone: ZoneInfo) -> Range:
    """Return the range extended to begin, at a local midnight, this many local days before the day of its start."""
    return Range(local_midnight(local_day(current.start, zone) - timedelta(days=days), zone), current.end)


def _previous_start(current: Range, zone: ZoneInfo, timeframe: Timeframe | None) -> int:
    days = _whole_days(current, zone) if timeframe is None else timeframe.local_days
    if days is None:
        return current.start - current.length
    return local_midnight(local_day(current.start, zone) - timedelta(days=days), zone)


def _whole_days(current: Range, zone: ZoneInfo) -> int | None:
    """Return the number of local days from midnight to midnight, or None when an end is not a midnight."""
    first, last = local_day(current.start, zone), local_day(current.end, zone)
    if (local_midnight(first, zone), local_midnight(last, zone)) != (current.start, current.end):
        return None
    return (last - first).days
