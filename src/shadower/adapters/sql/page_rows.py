"""Reading what a plan asks for: the pages of its runs, with those of their parts that are needed."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import ColumnElement, LargeBinary, and_, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.rollups.pages import KEY_OF, PageRow, Wanted
from shadower.adapters.sql.names import KIND_OF, MISSING, Kind
from shadower.adapters.sql.schema import names, pages
from shadower.domain.metrics.pages import Family, Level, Plan, Run

NOTHING: Final = literal(b"", LargeBinary)
_RUNS_A_STATEMENT: Final = 200


class PageReader:
    """Reads the pages of one workspace in one generation, on one connection."""

    def __init__(self, connection: AsyncConnection, generation: int, workspace: int) -> None:
        self._connection = connection
        self._generation = generation
        self._workspace = workspace

    async def __call__(self, plan: Plan, wanted: Wanted, keys: Collection[int] | None = None) -> list[PageRow]:
        """Return the pages of the plan: of these keys of its family, or of all of them."""
        part = "total" if wanted.totals else "cell"
        columns = [
            pages.c[f"{part}_sums"],
            pages.c[f"{part}_hist"] if wanted.hist else NOTHING.label("hist"),
            pages.c[f"{part}_sets"] if wanted.sets else NOTHING.label("sets"),
        ]
        found: list[PageRow] = []
        runs = plan.pages()
        for first in range(0, len(runs), _RUNS_A_STATEMENT):
            statement = select(pages.c.level, pages.c.start, pages.c.key, *columns).where(
                pages.c.generation == self._generation,
                pages.c.workspace_id == self._workspace,
                pages.c.family == int(plan.family),
                self._keys(plan.family, keys),
                within(runs[first : first + _RUNS_A_STATEMENT]),
            )
            found += [PageRow(*row) for row in (await self._connection.execute(statement)).all()]
        return found

    def _keys(self, family: Family, keys: Collection[int] | None) -> ColumnElement[bool]:
        if family is Family.ALL:
            return pages.c.key == MISSING
        if keys is not None:
            return pages.c.key.in_(keys)
        # Named one by one, each key is one step into the index; a range of starts alone would be a scan.
        kind: Kind = KIND_OF[KEY_OF[family]]
        known = select(names.c.number).where(names.c.workspace_id == self._workspace, names.c.kind == int(kind))
        return or_(pages.c.key == MISSING, pages.c.key.in_(known))


def within(runs: Collection[tuple[Level, Run]]) -> ColumnElement[bool]:
    """Return the condition that a page is in one of the runs."""
    column = pages.c
    return or_(
        *(and_(column.level == int(level), column.start >= run.start, column.start < run.end) for level, run in runs)
    )
