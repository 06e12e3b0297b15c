"""Instants as text (RFC 3339) and as microseconds."""

import re
from datetime import UTC, datetime, timedelta

from shadower.domain.events.event import Micros
from shadower.domain.events.rejection import Rejected

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EARLIEST = Micros(946_684_800 * SECOND)
"""2000-01-01T00:00:00Z: nothing happened before."""
MOST_AHEAD = DAY
"""How far ahead of the server's clock an event may claim to be."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ](?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)


def micros_of(moment: datetime) -> Micros:
    """Return an aware datetime as micros, exactly."""
    since = moment - _EPOCH
    return Micros((since.days * 86_400 + since.seconds) * SECOND + since.microseconds)


def datetime_of(micros: int) -> datetime:
    """Return micros as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def since(moment: int | None, now: int) -> int | None:
    """Return how many micros ago a moment was, none when it is ahead: clocks differ. None for no moment."""
    return None if moment is None else max(0, now - moment)


def rfc3339(micros: int) -> str:
    """Return micros as text in UTC, with as many digits of a second as there are (none, three or six)."""
    whole, fraction = divmod(micros, SECOND)
    text = (_EPOCH + timedelta(seconds=whole)).strftime("%Y-%m-%dT%H:%M:%S")
    if not fraction:
        return text + "Z"
    return f"{text}.{fraction:06d}Z" if fraction % 1000 else f"{text}.{fraction // 1000:03d}Z"


def parse_moment(text: str, field: str = "occurred_at") -> Micros:
    """
    Read an RFC 3339 timestamp with an offset; digits beyond the microsecond are cut off.

    Raises Rejected: `timestamp_without_offset`, `timestamp_invalid`.
    """
    matched = _RFC3339.fullmatch(text)
    if matched is None:
        raise Rejected("timestamp_invalid", field, f"{field} is not an RFC 3339 timestamp such as 2026-01-31T09:30:00Z")
    if matched[1] is None:
        raise Rejected(
            "timestamp_without_offset", field, f"{field} needs a UTC offset, for example 2026-01-31T09:30:00Z"
        )
    try:
        return micros_of(datetime.fromisoformat(text.upper()))
    except (ValueError, OverflowError):
        raise Rejected("timestamp_invalid", field, f"{field} names a time that does not exist") from None


def check_plausible(moment: int, now: int, field: str = "occurred_at") -> None:
    """Raise Rejected `timestamp_out_of_range` for what is before 2000 or more than 24 hours ahead of the server."""
    if moment < EARLIEST:
        raise Rejected("timestamp_out_of_range", field, f"{field} is before 2000-01-01T00:00:00Z")
    if moment > now + MOST_AHEAD:
        raise Rejected(
            "timestamp_out_of_range", field, f"{field} is more than 24 hours ahead of the server; check the clock"
        )
