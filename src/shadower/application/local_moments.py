"""Moments as people write them into a question: with an offset, or in the workspace's time zone."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shadower.domain.errors import Invalid
from shadower.domain.events.moments import micros_of
from shadower.domain.metrics.zones import local_instant, local_midnight

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?")
_OFFSET = re.compile(r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$")


class MomentInvalid(Invalid):
    """Neither an RFC 3339 timestamp nor a local date or time."""

    code = "moment_invalid"


def is_local(text: str) -> bool:
    """Whether it takes a time zone to know what is meant."""
    return _OFFSET.search(text[10:]) is None


def instant_in(text: str, zone: ZoneInfo, field: str) -> int:
    """
    Return the moment in micros; `field` is the parameter to name when there is none.

    A local date begins at its first instant; a local time that the clock shows twice is the first of the two, and one
    that it skips is the instant from which it goes on. Raises MomentInvalid.
    """
    try:
        if _DATE.fullmatch(text):
            return local_midnight(date.fromisoformat(text), zone)
        offset = _OFFSET.search(text[10:])
        written = text if offset is None else text[: len(text) - len(offset[0])]
        if _DATE_TIME.fullmatch(written):
            moment = datetime.fromisoformat(text.upper())
            return micros_of(moment) if moment.tzinfo else local_instant(moment, zone)
    except (ValueError, OverflowError):
        pass
    raise MomentInvalid(
        f"{field} must be a date (2026-01-31), a local time (2026-01-31T09:30) or a time with an offset "
        "(2026-01-31T09:30:00Z)",
        field=field,
    )
