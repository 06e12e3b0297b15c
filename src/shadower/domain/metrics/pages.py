"""
Rollup pages: how tallies kept beforehand are cut, which of them answer a question, and a plain fold that fills them.

A page holds the tallies of one key over one span of UTC time, cut into slots and into cells by type, source, model and
status. Since 2000 every time zone is whole quarter-hours from UTC, so each bucket of a calendar is a run of whole
slots, except where its range was cut at an arbitrary instant: what is left there is read from the events.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from shadower.domain.events.event import Event
from shadower.domain.events.filters import OneOf
from shadower.domain.events.moments import DAY, HOUR
from shadower.domain.metrics.question import Aggregation, Dimension
from shadower.domain.metrics.tally import Tally

QUARTER = HOUR // 4


class Family(IntEnum):
    """What the pages are kept by. The numbers are stored."""

    ALL = 0
    AGENT = 1
    USER = 2


class Level(IntEnum):
    """How finely the pages are cut. The numbers are stored."""

    QUARTER = 0
    HOUR = 1
    DAY = 2


LEVELS: Mapping[Family, Sequence[Level]] = {
    Family.ALL: (Level.QUARTER, Level.HOUR, Level.DAY),
    Family.AGENT: (Level.QUARTER, Level.HOUR, Level.DAY),
    Family.USER: (Level.QUARTER,),
}

_WIDTHS = {Level.QUARTER: QUARTER, Level.HOUR: HOUR, Level.DAY: DAY}
CELL_DIMENSIONS: Final = (Dimension.TYPE, Dimension.SOURCE, Dimension.MODEL, Dimension.STATUS)
"""What the cells of every page are told apart by."""

_FAMILIES: Mapping[frozenset[str], Family] = {
    frozenset(): Family.ALL,
    frozenset({Dimension.AGENT}): Family.AGENT,
    frozenset({Dimension.USER}): Family.USER,
}


def slot_width(level: Level) -> int:
    """Return the microseconds of one slot."""
    return _WIDTHS[level]


def span(family: Family, level: Level) -> int:
    """Return the microseconds of one page: the quarter-hours of an hour, or of a user's day, share one."""
    if level is Level.QUARTER:
        return DAY if family is Family.USER else HOUR
    return _WIDTHS[level]


def family_for(dimensions: AbstractSet[str]) -> Family | None:
    """Return the family whose pages answer questions that filter and group by these, None when only events can."""
    return _FAMILIES.get(frozenset(dimensions).difference(CELL_DIMENSIONS))


def family_of(asked: Aggregation) -> Family | None:
    """Return the family whose pages can answer the question, None when only events can."""
    if not all(isinstance(wanted, OneOf) for wanted in asked.filters.values()):
        return None
    return family_for({*asked.filters, *((asked.group_by,) if asked.group_by else ())})


class Run(NamedTuple):
    """A run of time, [start, end) in microseconds."""

    start: int
    end: int


class RawRange(NamedTuple):
    """A part of a bucket; in a plan one that no slot fits, to be read from the events."""

    bucket: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Plan:
    """
    Which slots make up the buckets between the cuts.

    The runs of all levels and the raw ranges cover every bucket once. Each slot in a run lies within one bucket.
    """

    family: Family
    cuts: Sequence[int]
    runs: Mapping[Level, Sequence[Run]]
    """Ascending, never touching; whole slots of the level. Levels without a run are absent."""
    raw: Sequence[RawRange]

    def pages(self) -> list[tuple[Level, Run]]:
        """Return the runs of page starts to read: pages of the level with run.start <= start < run.end."""
        return [(level, run) for level in self.runs for run in self._pages_of(level)]

    def _pages_of(self, level: Level) -> list[Run]:
        whole = span(self.family, level)
        found: list[Run] = []
        for start, end in self.runs[level]:
            _append(found, start // whole * whole, end)
        return found


def plan(family: Family, cuts: Sequence[int], seen: Sequence[tuple[int, int]] = ()) -> Plan:
    """
    Cover each bucket [cuts[i], cuts[i + 1]) with the coarsest slots the family has, and raw ranges at its ends.

    Spans that somebody else answers for are left out: `seen`, ascending, each whole quarter-hours within one bucket.
    """
    runs: dict[Level, list[Run]] = {level: [] for level in reversed(LEVELS[family])}
    raw: list[RawRange] = []
    for bucket, start, end in _unseen(cuts, seen):
        first, last = -(-start // QUARTER) * QUARTER, end // QUARTER * QUARTER
        if first >= last:
            first = last = end
        if start < first:
            raw.append(RawRange(bucket, start, first))
        _cover(runs, family, first, last)
        if last < end:
            raw.append(RawRange(bucket, last, end))
    return Plan(family, cuts, {level: found for level, found in runs.items() if found}, raw)


def _unseen(cuts: Sequence[int], seen: Sequence[tuple[int, int]]) -> Iterator[RawRange]:
    """Yield the parts of each bucket between the spans that are seen."""
    spans = iter([*seen, (cuts[-1], cuts[-1])])
    start, end = next(spans)
    for bucket, (first, last) in enumerate(pairwise(cuts)):
        place = first
        while start < last:
            if place < start:
                yield RawRange(bucket, place, start)
            place = end
            start, end = next(spans)
        if place < last:
            yield RawRange(bucket, place, last)


def plan_of(family: Family, chosen: Sequence[Run]) -> Plan:
    """Cover runs of whole quarter-hours, ascending and not touching, as if they were one bucket."""
    runs: dict[Level, list[Run]] = {level: [] for level in reversed(LEVELS[family])}
    for start, end in chosen:
        _cover(runs, family, start, end)
    return Plan(family, (chosen[0].start, chosen[-1].end), {level: found for level, found in runs.items() if found}, ())


def joined(runs: Iterable[Run]) -> list[Run]:
    """Return ascending runs with those that touch or overlap as one."""
    found: list[Run] = []
    for start, end in runs:
        _append(found, start, end)
    return found


def _cover(runs: Mapping[Level, list[Run]], family: Family, start: int, end: int) -> None:
    """Lay slots over [start, end), each level around the coarser one in its middle."""
    for level, coarser in pairwise(LEVELS[family]):
        width = _WIDTHS[coarser]
        first, last = -(-start // width) * width, end // width * width
        if first >= last:
            _append(runs[level], start, end)
            break
        _append(runs[level], start, first)
        _append(runs[level], last, end)
        start, end = first, last
    else:
        _append(runs[LEVELS[family][-1]], start, end)


def _append(runs: list[Run], start: int, end: int) -> None:
    """Add a run at the end of ascending ones, joined with the last one where they touch."""
    if start >= end:
        return
    if runs and runs[-1].end >= start:
        runs[-1] = Run(runs[-1].start, max(end, runs[-1].end))
    else:
        runs.append(Run(start, end))


class PlainCell(NamedTuple):
    """The cell of a page an event belongs to."""

    slot: int
    type: str
    source: str
    model: str | None
    status: str | None


class PlainPage(NamedTuple):
    """The page an event belongs to; `key` is the agent's or user's id, None for events without one and for ALL."""

    family: Family
    key: str | None
    level: Level
    start: int


PlainPages: TypeAlias = dict[PlainPage, dict[PlainCell, Tally]]


def fold_plain(events: Iterable[Event]) -> PlainPages:
    """Return the pages of the events of one workspace: the rule in its plainest form, for the fast fold to equal."""
    pages: PlainPages = {}
    for event in events:
        for family, key in ((Family.ALL, None), (Family.AGENT, event.agent_id), (Family.USER, event.user_id)):
            for level in LEVELS[family]:
                start = event.occurred_at // span(family, level) * span(family, level)
                slot = (event.occurred_at - start) // _WIDTHS[level]
                cells = pages.setdefault(PlainPage(family, key, level, start), {})
                cell = PlainCell(slot, event.type, event.source, event.model, event.status)
                cells.setdefault(cell, Tally()).count(event)
    return pages
