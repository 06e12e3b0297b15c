"""The period a question is about, and the one it is compared with."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from shadower.application.local_moments import instant_in
from shadower.application.metric_question import ALL_TIME, DEFAULT_TIMEFRAME, MetricQuestion
from shadower.application.ports.snapshot import Snapshot
from shadower.domain.errors import Invalid
from shadower.domain.metrics.calendar import Range, Timeframe, previous, resolve_timeframe, so_far


class UnknownTimeframe(Invalid):
    """No timeframe has this name."""

    code = "unknown_timeframe"


class PeriodInvalid(Invalid):
    """What is given of a period does not make one."""

    code = "period_invalid"


class Period(NamedTuple):
    """The range asked about, and the one before it when they are to be compared."""

    current: Range
    previous: Range | None


async def period_of(question: MetricQuestion, zone: ZoneInfo, snapshot: Snapshot) -> Period:
    """
    Return the period; the present is the instant of the snapshot.

    When periods are compared and the current one ends after the present, both are cut at the same elapsed time. Raises
    UnknownTimeframe, PeriodInvalid, MomentInvalid, InvalidRange.
    """
    now = snapshot.as_of
    if question.timeframe == ALL_TIME:
        return Period(_all_time(question, await snapshot.extent(), now, zone), None)
    timeframe = _timeframe(question)
    current = _given(question, now, zone) if timeframe is None else resolve_timeframe(timeframe, now, zone)
    if not question.compare:
        return Period(current, None)
    return Period(so_far(current, now), previous(current, now, zone, timeframe))


def _timeframe(question: MetricQuestion) -> Timeframe | None:
    bounded = question.start is not None or question.end is not None
    name = question.timeframe
    if name is None:
        return None if bounded else Timeframe(DEFAULT_TIMEFRAME)
    if bounded:
        raise PeriodInvalid("Give a timeframe, or from and to, but not both.", field="timeframe")
    if name not in list(Timeframe):
        choices = ", ".join([*Timeframe, ALL_TIME])
        raise UnknownTimeframe(f"There is no timeframe {name[:64]!r}; take one of {choices}.", field="timeframe")
    return Timeframe(name)


def _given(question: MetricQuestion, now: int, zone: ZoneInfo) -> Range:
    if question.start is None:
        raise PeriodInvalid("to needs a from: where does the range begin?", field="from")
    start = _instant(question.start, zone, "from")
    return Range(start, now if question.end is None else _instant(question.end, zone, "to"))


def _instant(given: str | int, zone: ZoneInfo, field: str) -> int:
    return given if isinstance(given, int) else instant_in(given, zone, field)


def _all_time(question: MetricQuestion, extent: tuple[int, int] | None, now: int, zone: ZoneInfo) -> Range:
    """From the first event up to now, or up to the last event when that lies ahead of now."""
    if question.start is not None or question.end is not None:
        raise PeriodInvalid("Give a timeframe, or from and to, but not both.", field="timeframe")
    if question.compare:
        raise PeriodInvalid("There is no period before all time to compare with.", field="compare")
    if extent is None:
        return resolve_timeframe(Timeframe(DEFAULT_TIMEFRAME), now, zone)
    first, last = extent
    return Range(first, max(now, last + 1))
