"""
Tallies from the rollup pages where they can answer, and from the events where they cannot.

Three parts make up an answer, all read in one snapshot: the pages, which cover the log up to their cursor; the ragged
edges that no slot fits, from the events up to the same cursor; and every event beyond it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, LargeBinary, and_, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.rollups.pages import PageRow
from shadower.adapters.sql import names
from shadower.adapters.sql.names import KIND_OF, MISSING
from shadower.adapters.sql.raw_tally import LogPart, RawTally
from shadower.adapters.sql.schema import names as names_table
from shadower.adapters.sql.schema import pages
from shadower.domain.events.event import WorkspaceId
from shadower.domain.metrics.pages import Family, Level, Plan, Run, family_for, plan
from shadower.domain.metrics.question import Aggregation, Dimension, Tallies

STATUS_NAMES: Final[Mapping[int, str]] = {1: "success", 2: "failure", 3: "cancelled"}
_KEY_OF: Final = {Family.AGENT: Dimension.AGENT, Family.USER: Dimension.USER}
_RUNS_A_STATEMENT: Final = 200
_NOTHING: Final = literal(b"", LargeBinary)


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
        self._generation = generation
        self._cursor = cursor
        self._head = head

    async def __call__(self, asked: Aggregation) -> Tallies:
        """Return the exact tallies."""
        family = _family(asked)
        covered = None if family is None or not self._cursor else plan(family, asked.cuts)
        if covered is None or not covered.runs:
            return await self._raw(asked)
        tallies = await self._from_pages(asked, covered)
        for bucket, start, end in covered.raw:
            edge = Aggregation((start, end), asked.needs, asked.filters, asked.group_by)
            found = await self._raw(edge, LogPart(upto=self._cursor))
            _add(tallies, {group: {bucket: tally[0]} for group, tally in found.items()})
        if self._head > self._cursor:
            _add(tallies, await self._raw(asked, LogPart(after=self._cursor)))
        return tallies

    async def _from_pages(self, asked: Aggregation, covered: Plan) -> Tallies:
        # Imported here: numpy takes a tenth of a second and 25 MB, which a process that asks nothing need not pay.
        from shadower.adapters.rollups.collect import Selection, collect  # noqa: PLC0415 - see above

        filters: dict[Dimension, int] = {}
        for dimension, value in asked.filters.items():
            number = await self._number(dimension, value)
            if number is None:
                return {}
            filters[dimension] = number
        selection = Selection(covered, asked.needs, filters, asked.group_by)
        rows = await self._read(selection, covered, filters.get(_KEY_OF.get(covered.family, Dimension.SESSION)))
        numbered = collect(rows, selection)
        names_of = await self._names(asked.group_by, [number for number in numbered if number is not None])
        return {None if number is None else names_of[number]: found for number, found in numbered.items()}

    async def _number(self, dimension: Dimension, value: str) -> int | None:
        if dimension is Dimension.STATUS:
            return next((code for code, name in STATUS_NAMES.items() if name == value), None)
        return (await names.find(self._connection, self._workspace, KIND_OF[dimension], [value])).get(value)

    async def _names(self, dimension: Dimension | None, numbers: Sequence[int]) -> Mapping[int, str]:
        if dimension is None:
            return {}
        if dimension is Dimension.STATUS:
            return STATUS_NAMES
        return await names.values_of(self._connection, self._workspace, KIND_OF[dimension], numbers)

    async def _read(self, selection: Any, covered: Plan, key: int | None) -> list[PageRow]:
        part = "total" if selection.uses_totals else "cell"
        columns = [
            pages.c[f"{part}_sums"],
            pages.c[f"{part}_hist"] if selection.uses_hist else _NOTHING.label("hist"),
            pages.c[f"{part}_sets"] if selection.uses_sets else _NOTHING.label("sets"),
        ]
        found: list[PageRow] = []
        runs = covered.pages()
        for first in range(0, len(runs), _RUNS_A_STATEMENT):
            statement = select(pages.c.level, pages.c.start, pages.c.key, *columns).where(
                pages.c.generation == self._generation,
                pages.c.workspace_id == self._workspace,
                pages.c.family == int(covered.family),
                self._keys(covered.family, key),
                or_(*(_within(level, run) for level, run in runs[first : first + _RUNS_A_STATEMENT])),
            )
            found += [PageRow(*row) for row in (await self._connection.execute(statement)).all()]
        return found

    def _keys(self, family: Family, key: int | None) -> ColumnElement[bool]:
        if family is Family.ALL:
            return pages.c.key == 0
        if key is not None:
            return pages.c.key == key
        # Named one by one, each key is one step into the index; a range of starts alone would be a scan.
        mine = and_(names_table.c.workspace_id == self._workspace, names_table.c.kind == int(KIND_OF[_KEY_OF[family]]))
        return or_(pages.c.key == MISSING, pages.c.key.in_(select(names_table.c.number).where(mine)))


def _family(asked: Aggregation) -> Family | None:
    dimensions = {*asked.filters, *((asked.group_by,) if asked.group_by else ())}
    family = family_for(dimensions)
    if family is Family.USER and Dimension.USER not in asked.filters:
        # A page for every user and day is more to read than the events themselves, grouped by the database.
        return None
    return family


def _within(level: Level, run: Run) -> ColumnElement[bool]:
    return and_(pages.c.level == int(level), pages.c.start >= run.start, pages.c.start < run.end)


def _add(tallies: Tallies, more: Tallies) -> None:
    for group, buckets in more.items():
        mine = tallies.setdefault(group, {})
        for bucket, tally in buckets.items():
            if bucket in mine:
                mine[bucket].add(tally)
            else:
                mine[bucket] = tally
