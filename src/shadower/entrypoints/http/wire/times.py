"""Instants as answers write them."""

from zoneinfo import ZoneInfo

from shadower.domain.events.moments import rfc3339
from shadower.domain.metrics.calendar import local_time


def utc(micros: int) -> str:
    """Return RFC 3339 in UTC."""
    return rfc3339(micros)


def utc_or_none(micros: int | None) -> str | None:
    """Return RFC 3339 in UTC, and nothing for nothing."""
    return None if micros is None else rfc3339(micros)


def local(micros: int, zone: ZoneInfo) -> str:
    """
    Return RFC 3339 with the offset of the zone at that instant.

    Before standard time, offsets had seconds, for which RFC 3339 has no word: such an instant is written in UTC.
    """
    moment = local_time(micros, zone)
    offset = moment.utcoffset()
    return rfc3339(micros) if offset is None or offset.seconds % 60 else moment.isoformat()
