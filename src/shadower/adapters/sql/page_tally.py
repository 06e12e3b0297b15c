"""
Tallies from the rollup pages where they can answer, and from the events where they cannot.

Three parts make up an answer, all read in one snapshot: the pages, which cover the log up to their cursor; the ragged
edges that no slot fits, from the events up to the same cursor; and every event beyond it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.rollups.pages import EVERYBODY, KEY_OF
from shadower.adapters.sql import names
from shadower.adapters.sql.matching import storable
from shadower.adapters.sql.names import KIND_OF, MISSING
from shadower.adapters.sql.page_rows import PageReader
from shadower.adapters.sql.raw_tally import LogPart, RawTally
from shadower.adapters.sql.spans import SpanReader
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.filters import OneOf
from shadower.domain.metrics.pages import Family, Plan, family_of, plan
from shadower.domain.metrics.question import Aggregation, Dimension, Tallies
from shadower.domain.metrics.spans import Span, fewest, view_for
from shadower.domain.metrics.tally import Tally

STATUS_NAMES: Final[Mapping[int, str]] = {1: "success", 2: "failure", 3: "cancelled"}
_EDGES_A_STATEMENT: Final = 20
_Group = TypeVar("_Group")


class PageTally:
    """Answers for one workspace on one connection's snapshot, whose pages have taken in the log up to `cursor`."""

    def __init__(
        self,
        connection: AsyncConnection,
        workspace: WorkspaceId,
        raw: RawTally,
        generation: int,
        cursor: int,
        head: int,
    ) -> None:
        self._connection = connection
        self._workspace = workspace
        self._raw = raw
        self._pages = PageReader(connection, generation, workspace)
        self._spans = SpanReader(connection, generation, workspace)
        self._cursor = cursor
        self._head = head

    async def __call__(self, asked: Aggregation) -> Tallies:
        """Return the exact tallies."""
        family = page_family(asked)
        if family is None or not self._cursor:
            return await self._raw(asked)
        view = _view(asked)
        spans = [] if view is None else fewest(await self._spans.between(asked.start, asked.end), asked.cuts)
        covered = plan(family, asked.cuts, [(span.start, span.end) for span in spans])
        if not spans and not covered.runs:
            return await self._raw(asked)
        tallies = await self.from_pages(asked, covered, spans, view)
        for first in range(0, len(covered.raw), _EDGES_A_STATEMENT):
            edges = covered.raw[first : first + _EDGES_A_STATEMENT]
            add(tallies, await self._raw.edges(asked, edges, LogPart(upto=self._cursor)))
        if self._head > self._cursor:
            add(tallies, await self._raw(asked, LogPart(after=self._cursor)))
        return tallies

    async def from_pages(
        self, asked: Aggregation, covered: Plan, spans: Sequence[Span] = (), view: int | None = None
    ) -> Tallies:
        """Return what the pages say of the planned slots, and the view of the spans; and nothing of the rest."""
        # Imported here: numpy takes a tenth of a second and 25 MB, which a process that asks nothing need not pay.
        from shadower.adapters.rollups.collect import Selection, collect  # noqa: PLC0415 - see above

        filters: dict[Dimension, Sequence[int]] = {}
        for field, wanted in asked.filters.items():
            if isinstance(wanted, OneOf):
                filters[Dimension(field)] = await self._numbers(Dimension(field), wanted.values)
        if not all(filters.values()):
            return {}
        selection = Selection(covered, asked.needs, filters, asked.group_by)
        kept_by = KEY_OF.get(covered.family)
        keys = None if kept_by is None else filters.get(kept_by)
        numbered = collect(await self._pages(covered, selection.wanted, keys), selection)
        if view is not None:
            key = keys[0] if keys else EVERYBODY
            rows = await self._spans.views(spans, view, key, selection.wanted)
            add(numbered, collect(rows, replace(selection, view=view)))
        names_of = await self._names(asked.group_by, [number for number in numbered if number is not None])
        return {None if number is None else names_of[number]: found for number, found in numbered.items()}

    async def _numbers(self, dimension: Dimension, values: frozenset[str | None]) -> Sequence[int]:
        """Return the numbers of those values that pages can hold."""
        missing = [MISSING] if None in values else []
        if dimension is Dimension.STATUS:
            return [*missing, *(code for code, name in STATUS_NAMES.items() if name in values)]
        named = storable(value for value in values if value is not None)
        known = await names.find(self._connection, self._workspace, KIND_OF[dimension], named)
        return [*missing, *known.values()]

    async def _names(self, dimension: Dimension | None, numbers: Sequence[int]) -> Mapping[int, str]:
        if dimension is None:
            return {}
        if dimension is Dimension.STATUS:
            return STATUS_NAMES
        return await names.values_of(self._connection, self._workspace, KIND_OF[dimension], numbers)


def page_family(asked: Aggregation) -> Family | None:
    """Return the family whose pages answer the question; None where it is answered from the events alone."""
    family = family_of(asked)
    if family is Family.USER and Dimension.USER not in asked.filters:
        # A page for every user and day is more to read than the events themselves, grouped by the database.
        return None
    return family


def _view(asked: Aggregation) -> int | None:
    """Views are kept of each agent and of everybody: what several agents did, or none of them, only pages tell."""
    agents = asked.filters.get(Dimension.AGENT)
    if isinstance(agents, OneOf) and (len(agents.values) > 1 or None in agents.values):
        return None
    return view_for(asked.filters, asked.group_by)


def add(tallies: dict[_Group, dict[int, Tally]], more: Mapping[_Group, Mapping[int, Tally]]) -> None:
    """Merge `more` into the tallies."""
    for group, buckets in more.items():
        mine = tallies.setdefault(group, {})
        for bucket, tally in buckets.items():
            if bucket in mine:
                mine[bucket].add(tally)
            else:
                mine[bucket] = tally
