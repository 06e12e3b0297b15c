"""Which bucket starts carry a label on a time axis, and what it says, in the workspace's time zone."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from shadower.domain.metrics.calendar import Interval, local_time

MOST_TICKS = 9

_Fits = Callable[[datetime], bool]
_Label = Callable[[datetime], str]


def ticks_of(starts: Sequence[int], interval: Interval, zone: ZoneInfo, most: int = MOST_TICKS) -> Mapping[int, str]:
    """
    Milliseconds → label, for bucket starts in micros.

    The finest level of the calendar (hours, days, weeks, months, quarters) that puts at most `most` labels; when none
    does, every n-th bucket.
    """
    local = [(start // 1000, local_time(start, zone)) for start in starts]
    fine = interval in {Interval.QUARTER_HOUR, Interval.HOUR}
    for fits, label in (_HOURS if fine else ()) + _DAYS:
        chosen = [(at, when) for at, when in local if fits(when)]
        if 3 <= len(chosen) <= most:
            return {at: label(when) for at, when in chosen}
    step = -(-len(local) // most) or 1
    say = _month if interval is Interval.MONTH else _clock if fine else _day
    return {at: say(when) for at, when in local[::step]}


def _day(when: datetime) -> str:
    return f"{when.day} {when:%b}"


def _month(when: datetime) -> str:
    return f"{when:%b %Y}"


def _clock(when: datetime) -> str:
    return _day(when) if (when.hour, when.minute) == (0, 0) else f"{when:%H:%M}"


def _hours(step: int) -> _Fits:
    return lambda when: when.minute == 0 and when.hour % step == 0


def _midnight(when: datetime) -> bool:
    return (when.hour, when.minute) == (0, 0)


_HOURS: tuple[tuple[_Fits, _Label], ...] = tuple((_hours(step), _clock) for step in (1, 3, 6, 12))
_DAYS: tuple[tuple[_Fits, _Label], ...] = (
    (_midnight, _day),
    (lambda when: _midnight(when) and when.weekday() == 0, _day),
    (lambda when: _midnight(when) and when.day == 1, _month),
    (lambda when: _midnight(when) and when.day == 1 and when.month % 3 == 1, _month),
)
