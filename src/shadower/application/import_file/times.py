"""
Times as files have them, made into RFC 3339.

A time without an offset is only as good as the time zone somebody vouches for; without one it is handed on as it is,
and refused by the rule that holds for every event.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from shadower.domain.events.moments import SECOND, micros_of, rfc3339
from shadower.domain.events.rejection import Rejected

_ISO = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})"
    r"(?:[Tt\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?"
    r"\s*(?:([Zz]|UTC|GMT)|([+-]\d{2}):?(\d{2})?)?"
)
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})")
UNIX_FORMATS = {"unix": 0, "unix_ms": 3, "unix_us": 6, "unix_ns": 9}
"""Format → the power of ten of its unit below the second."""
_LARGEST_EXPONENT = 20


class ClockChange(StrEnum):
    """
    What a local time means that the clock showed twice, or never, because it was put back or forward.

    `earlier` and `later` are the two instants it may stand for (for a time that never was: read with the offset after
    the change, or before it). The words are those of ECMAScript's Temporal.
    """

    REJECT = "reject"
    EARLIER = "earlier"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class MomentReader:
    """Reads the values of one column."""

    zone: tzinfo | None = None
    """Where times without an offset were written."""
    format: str | None = None
    """`unix`, `unix_ms`, `unix_us`, `unix_ns`, or a pattern of `strptime`; None: year first, as in ISO 8601."""
    clock_change: ClockChange = ClockChange.REJECT

    def facts(self) -> Mapping[str, str]:
        """Return what decides the result, option → value."""
        told = {
            "--time-zone": str(self.zone) if self.zone else None,
            "--time-format": self.format,
            "--clock-change": None if self.clock_change is ClockChange.REJECT else str(self.clock_change),
        }
        return {option: value for option, value in told.items() if value is not None}

    def __call__(self, value: object) -> object:
        """
        Return RFC 3339 text; the value as it is when it is that already, or nothing this reader knows.

        Digits beyond the microsecond are cut off. Raises Rejected: `timestamp_invalid`, `local_time_ambiguous`,
        `local_time_nonexistent`.
        """
        if self.format in UNIX_FORMATS:
            return _from_unix(value, UNIX_FORMATS[self.format])
        if not isinstance(value, str) or (self.format is None and _RFC3339.fullmatch(value)):
            return value
        moment = self._by_pattern(value, self.format) if self.format else _by_iso(value.strip())
        if moment is None:
            return value
        if moment.tzinfo is not None:
            return _text(value, lambda: micros_of(moment))
        if self.zone is None:
            return moment.isoformat()
        return self._local(moment, self.zone)

    def _by_pattern(self, value: str, pattern: str) -> datetime:
        try:
            return datetime.strptime(value.strip(), pattern)  # noqa: DTZ007 - the zone is added by the caller
        except ValueError:
            raise _invalid(f"{value!r} does not fit the format {pattern!r}") from None

    def _local(self, moment: datetime, zone: tzinfo) -> str:
        first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() == second.utcoffset():
            return _text(str(moment), lambda: micros_of(first))
        if self.clock_change is ClockChange.REJECT:
            raise _unclear(moment, zone, never=_offset(first) < _offset(second))
        choose = min if self.clock_change is ClockChange.EARLIER else max
        return rfc3339(choose(micros_of(first), micros_of(second)))


def _by_iso(value: str) -> datetime | None:
    matched = _ISO.fullmatch(value)
    if matched is None:
        return None
    year, month, day, hour, minute, second, fraction, utc, hours, minutes = matched.groups()
    offset = "+00:00" if utc else f"{hours}:{minutes or '00'}" if hours else ""
    micros = (fraction or "")[:6].ljust(6, "0")
    clock = f"{(hour or '0').zfill(2)}:{minute or '00'}:{second or '00'}.{micros}"
    try:
        return datetime.fromisoformat(f"{year}-{month.zfill(2)}-{day.zfill(2)}T{clock}{offset}")
    except ValueError:
        raise _invalid(f"{value!r} names a time that does not exist") from None


def _from_unix(value: object, below_second: int) -> str:
    try:
        number = Decimal(str(value).strip())
        if not number.is_finite() or number.adjusted() > _LARGEST_EXPONENT:
            raise _invalid(f"{value} is no time since 1970")
    except InvalidOperation:
        raise _invalid(f"{value!r} is no number, as the time format wants") from None
    return _text(str(value), lambda: int(number.scaleb(-below_second) * SECOND // 1))


def _text(value: str, micros: Callable[[], int]) -> str:
    try:
        return rfc3339(micros())
    except (ValueError, OverflowError):
        raise _invalid(f"{value} is outside the years 1 to 9999") from None


def _offset(moment: datetime) -> float:
    offset = moment.utcoffset()
    return offset.total_seconds() if offset else 0.0


def _unclear(moment: datetime, zone: tzinfo, *, never: bool) -> Rejected:
    what = "was skipped when the clock was put forward" if never else "came twice when the clock was put back"
    return Rejected(
        "local_time_nonexistent" if never else "local_time_ambiguous",
        "occurred_at",
        f"{moment} {what} in {zone}; --clock-change earlier or later decides what it means",
    )


def _invalid(message: str) -> Rejected:
    return Rejected("timestamp_invalid", "occurred_at", message)
