"""
What a question misses once events have been removed whose tallies are kept in pages.

Pages answer for whole quarter-hours, and by one of agent and user at most. What is left of a question, its ragged edges
or all of it, only the events could answer; where some of these may be gone, the answer says so.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shadower.domain.events.event import OWN_SOURCE
from shadower.domain.events.filters import Filters, OneOf
from shadower.domain.events.moments import rfc3339
from shadower.domain.metrics.pages import CELL_DIMENSIONS, QUARTER, Family, Plan, Run, family_of, joined, plan, plan_of
from shadower.domain.metrics.question import Aggregation, Dimension, Tallies
from shadower.domain.metrics.tally import Needs, Tally

_CHOOSING: Final = {Dimension.AGENT: Family.AGENT, Dimension.USER: Family.USER}
_SETS: Final = {Dimension.USER: Needs.USERS, Dimension.AGENT: Needs.AGENTS, Dimension.SESSION: Needs.SESSIONS}


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why an answer may count less than happened: events that it needs have been removed."""

    received_before: int
    """Micros: those that are gone were received before this."""

    def __str__(self) -> str:
        return (
            f"Events received before {rfc3339(self.received_before)} have been removed by retention. What they add up "
            "to is kept for whole quarter-hours and by one of agent and user; this answer asks for more, so it may "
            "count less than happened."
        )


def widened(cuts: Sequence[int], extent: tuple[int, int]) -> Sequence[int]:
    """
    Move both ends out to whole quarter-hours where that takes in no event.

    `extent` tells when the earliest and the latest of all events occurred, removed ones too. So questions about all of
    time have no ragged edges.
    """
    first, last = extent
    start = cuts[0] // QUARTER * QUARTER if cuts[0] <= first else cuts[0]
    end = -(-cuts[-1] // QUARTER) * QUARTER if cuts[-1] > last else cuts[-1]
    return (start, *cuts[1:-1], end)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Where events that are gone would have counted, if there were any that match."""

    plan: Plan
    """The pages that tell whether there were any…"""
    filters: Filters
    """…that match these filters; and if so…"""
    besides: Mapping[Dimension, frozenset[str | None]]
    """…whether they were of one of these users and sessions, though not which of these belong together."""

    @property
    def question(self) -> Aggregation:
        """What to ask of the pages, which have one bucket."""
        needs = Needs.SUMS
        for dimension in self.besides:
            needs |= _SETS[dimension]
        return Aggregation(self.plan.cuts, needs, self.filters, Dimension.SOURCE)

    def is_justified(self, found: Tallies, ids: Mapping[Dimension, Collection[object]]) -> bool:
        """Whether by this answer some may have matched; `ids` are the values of `besides` as sets hold them."""
        for source, buckets in found.items():
            for tally in buckets.values():
                # The ids of Shadower's own events are in no set.
                if source == OWN_SOURCE or all(_any_in(tally, dimension, ids[dimension]) for dimension in ids):
                    return True
        return False


def doubt(asked: Aggregation, first: int, last: int) -> Doubt | None:
    """
    Return where only events can answer, None when pages can answer everything.

    Those that are gone occurred from `first` to `last`.
    """
    family = family_of(asked)
    ranges = [(asked.start, asked.end)]
    if family is not None:
        ranges = [(start, end) for _, start, end in plan(family, asked.cuts).raw]
    runs = [_slots(max(start, first), min(end, last + 1)) for start, end in ranges if start <= last and first < end]
    if not runs:
        return None
    # Pages know values, and that there is none; that there is any, they do not.
    told = {field: wanted.values for field, wanted in asked.filters.items() if isinstance(wanted, OneOf)}
    chosen = next((dimension for dimension in _CHOOSING if dimension in told), None)
    filters = {field: OneOf(values) for field, values in told.items() if field in {*CELL_DIMENSIONS, chosen}}
    sets = {field: values for field, values in told.items() if field in _SETS and field != chosen}
    besides = {Dimension(field): values for field, values in sets.items() if None not in values}
    return Doubt(plan_of(Family.ALL if chosen is None else _CHOOSING[chosen], joined(runs)), filters, besides)


def _slots(start: int, end: int) -> Run:
    """Return the quarter-hours that the range touches."""
    return Run(start // QUARTER * QUARTER, -(-end // QUARTER) * QUARTER)


def _any_in(tally: Tally, dimension: Dimension, ids: Collection[object]) -> bool:
    found = {Dimension.USER: tally.users, Dimension.AGENT: tally.agents, Dimension.SESSION: tally.sessions}[dimension]
    return found is not None and any(one in found for one in ids)
