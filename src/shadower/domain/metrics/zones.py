"""
Local time: which zone a name means, which day an instant falls on, and when a local day begins.

Instants are whole microseconds since 1970-01-01T00:00:00Z. Zones are those of the IANA time zone database
(https://www.iana.org/time-zones).
"""

from bisect import bisect_left
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from shadower.domain.errors import Invalid
from shadower.domain.events.moments import datetime_of, micros_of

_MICROSECOND = timedelta(microseconds=1)
_LONGEST_NAME = 64
_DIFFER_BETWEEN_HOSTS = frozenset({"localtime", "posixrules", "Factory"})


class UnknownTimeZone(Invalid):
    """No time zone of the IANA database has this name."""

    code = "unknown_time_zone"


def time_zone(name: str) -> ZoneInfo:
    """
    Return the zone of exactly this IANA name; case matters, as it does in the database.

    A name is looked up among those that exist before any file is opened, so that a path is never followed, and the
    aliases that mean another zone on every host are not names. Raises UnknownTimeZone, with the nearest names.
    """
    if name not in _names():
        raise UnknownTimeZone(f"There is no time zone {name[:_LONGEST_NAME]!r}. {_advice(name)}", field="time_zone")
    return ZoneInfo(name)


def local_time(instant: int, zone: ZoneInfo) -> datetime:
    """Return the instant as an aware datetime in the zone, exactly."""
    return datetime_of(instant).astimezone(zone)


def offset_at(instant: int, zone: ZoneInfo) -> int:
    """Return how many microseconds the local clock is ahead of UTC at this instant."""
    return (local_time(instant, zone).utcoffset() or timedelta()) // _MICROSECOND


def local_midnight(day: date, zone: ZoneInfo) -> int:
    """
    Return the instant at which the local day begins: when its date comes to stay.

    A midnight that occurs twice begins the day at the first, because the clock that goes back from 01:00 to 00:00
    (Havana) does not leave the date. Only where the clock goes back across the date line of midnight, from 00:01 to
    23:01 (St. John's until 2011), does the day begin at the second; the one minute before belongs to the day before. A
    midnight that does not occur (Havana in spring: 00:00 becomes 01:00) is replaced by the first instant of that date
    or later, so a date that was skipped altogether (Apia, 2011-12-30) begins when the following one does.
    """
    first, second = _midnight(day, zone, fold=0), _midnight(day, zone, fold=1)
    if first == second:
        return first
    if first > second:
        return _end_of_gap(datetime.combine(day, time()), zone, second, first)
    return first if local_time(second - 1, zone).date() >= day else second


def local_instant(shown: datetime, zone: ZoneInfo) -> int:
    """
    Return the instant at which the local clock shows this; `shown` is naive.

    Of a time the clock shows twice it is the first; of one it skips, the instant from which it goes on.
    """
    first, second = _instant(shown, zone, fold=0), _instant(shown, zone, fold=1)
    return first if first <= second else _end_of_gap(shown, zone, second, first)


def local_day(instant: int, zone: ZoneInfo) -> date:
    """Return the local day to which the instant belongs, in the sense of `local_midnight`."""
    day = local_time(instant, zone).date()
    return day if local_midnight(day, zone) <= instant else day - timedelta(days=1)


def _midnight(day: date, zone: ZoneInfo, *, fold: int) -> int:
    return _instant(datetime.combine(day, time()), zone, fold=fold)


def _instant(shown: datetime, zone: ZoneInfo, *, fold: int) -> int:
    """Where the clock skips or repeats a time, fold 0 goes by the offset before and 1 by that after (PEP 495)."""
    return micros_of(shown.replace(tzinfo=zone, fold=fold))


def _end_of_gap(shown: datetime, zone: ZoneInfo, before: int, after: int) -> int:
    candidates = range(before, after + 1)
    place = bisect_left(candidates, shown, key=lambda instant: local_time(instant, zone).replace(tzinfo=None))
    return candidates[place]


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones()) - _DIFFER_BETWEEN_HOSTS


def _advice(name: str) -> str:
    wanted = name[:_LONGEST_NAME].strip().replace(" ", "_").casefold()
    known = {known.casefold(): known for known in sorted(_names())}
    places = {folded.rpartition("/")[2]: whole for folded, whole in reversed(known.items()) if "/" in folded}
    if wanted in known:
        return f"Did you mean {known[wanted]}?"
    near = [known[match] for match in get_close_matches(wanted, known, cutoff=0.7)]
    near += [places[match] for match in get_close_matches(wanted.rpartition("/")[2], places, cutoff=0.8)]
    if not near:
        return "Use an IANA name, for example Europe/Berlin or UTC."
    return f"Did you mean {' or '.join(dict.fromkeys(near[:3]))}?"
