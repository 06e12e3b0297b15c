"""
Spans: days, weeks and months that are over, added up beforehand so that a question about a long time reads few rows.

A page cuts its events by type, source, model and status at once, and in UTC. Most questions look at one or two of
these, in whole days, weeks or months of the workspace. A *view* has added up one such span by these dimensions. It is
derived from pages, so it may be missing (then pages answer) and is dropped when its span gets another event, but it is
never behind.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import IntEnum
from itertools import combinations
from typing import Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from shadower.domain.events.moments import DAY
from shadower.domain.metrics.pages import CELL_DIMENSIONS
from shadower.domain.metrics.question import Dimension
from shadower.domain.metrics.zones import local_day, local_midnight

View: TypeAlias = tuple[Dimension, ...]
"""What the rows of a view are told apart by; by nothing: one row."""

VIEWS: Final[Sequence[View]] = (
    (),
    *((dimension,) for dimension in CELL_DIMENSIONS),
    *combinations(CELL_DIMENSIONS, 2),
    (Dimension.AGENT,),
)
"""A view is stored under its place in this list."""

VIEWS_OF_AGENT: Final = range(1 + len(CELL_DIMENSIONS))
"""Those there are of each agent as well."""

BY_AGENT: Final = VIEWS.index((Dimension.AGENT,))

_NUMBERS: Final[Mapping[frozenset[str], int]] = {frozenset(view): number for number, view in enumerate(VIEWS)}
_ONE_DAY: Final = timedelta(days=1)


class Width(IntEnum):
    """How long a span is on the calendar. The numbers are stored."""

    DAY = 0
    WEEK = 1
    MONTH = 2


class Span(NamedTuple):
    """[start, end) in microseconds, from a local midnight to another."""

    width: Width
    start: int
    end: int


def view_for(filtered: Iterable[str], grouped: Dimension | None) -> int | None:
    """
    Return the number of the view that answers a question, None where only pages or events do.

    A question about one agent looks at the views of that agent, which need not tell agents apart.
    """
    filtered = frozenset(filtered)
    dimensions = filtered if grouped is None else filtered | {grouped}
    if Dimension.AGENT not in filtered:
        return _NUMBERS.get(dimensions)
    number = _NUMBERS.get(dimensions - {Dimension.AGENT})
    return number if number in VIEWS_OF_AGENT and grouped is not Dimension.AGENT else None


def fewest(spans: Iterable[Span], cuts: Sequence[int]) -> list[Span]:
    """Return spans that lie in one bucket each and do not overlap, the widest first choice, in the order of time."""
    chosen: list[Span] = []
    for span in sorted(spans, key=lambda span: (-span.width, span.start)):
        place = bisect_right(chosen, span.start, key=lambda one: one.start)
        is_free = (not place or chosen[place - 1].end <= span.start) and (
            place == len(chosen) or span.end <= chosen[place].start
        )
        if is_free and _in_one_bucket(span, cuts):
            chosen.insert(place, span)
    return chosen


def spans_over(utc_days: Iterable[int], zone: ZoneInfo, first_weekday: int, now: int) -> list[Span]:
    """Return the local days, weeks and months that have a part in these UTC days (micros) and are over, days first."""
    days = {local_day(instant, zone) for start in utc_days for instant in (start, start + DAY - 1)}
    weeks = {day - timedelta(days=(day.weekday() - first_weekday) % 7) for day in days}
    months = {day.replace(day=1) for day in days}
    found = [
        *_between(Width.DAY, ((day, day + _ONE_DAY) for day in sorted(days)), zone),
        *_between(Width.WEEK, ((week, week + 7 * _ONE_DAY) for week in sorted(weeks)), zone),
        *_between(Width.MONTH, ((month, _next_month(month)) for month in sorted(months)), zone),
    ]
    return [span for span in found if span.start < span.end <= now]


def possible(wanted: Iterable[Span], there: Iterable[Span]) -> list[Span]:
    """
    Return which of the spans wanted can be added up next, given those that are: days first, of each width the latest.

    Weeks and months are added up from their days, so these have to be there.
    """
    missing = set(wanted).difference(there)
    days = sorted((span for span in missing if span.width is Width.DAY), key=_latest)
    starts = sorted(day.start for day in days)
    wide = sorted((span for span in missing if span.width is not Width.DAY), key=_latest)
    return [*days, *(span for span in wide if bisect_left(starts, span.start) == bisect_left(starts, span.end))]


def _latest(span: Span) -> tuple[Width, int]:
    return span.width, -span.start


def _between(width: Width, dates: Iterable[tuple[date, date]], zone: ZoneInfo) -> Iterator[Span]:
    return (Span(width, local_midnight(first, zone), local_midnight(last, zone)) for first, last in dates)


def _next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _in_one_bucket(span: Span, cuts: Sequence[int]) -> bool:
    inside = cuts[0] <= span.start and span.end <= cuts[-1]
    return inside and bisect_right(cuts, span.start) == bisect_right(cuts, span.end - 1)
