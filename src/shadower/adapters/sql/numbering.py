"""Events of the log as columns of dense numbers, which the rollups are folded from."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.rollups.columns import EXECUTED, FAILED, OTHER, STATUS_CODES, Columns
from shadower.adapters.rollups.table import Ints
from shadower.adapters.sql import names
from shadower.adapters.sql.database import Database
from shadower.adapters.sql.names import MISSING, Kind, Numbers
from shadower.adapters.sql.schema import events, projections
from shadower.domain.events.event import OWN_SOURCE

READ: Final = (
    "workspace_id",
    "occurred_at",
    "type",
    "source",
    "model",
    "status",
    "user_id",
    "agent_id",
    "session_id",
    "duration_us",
    "credits",
    "cost",
    "tokens_in",
    "tokens_out",
)
"""The columns that `columns_of` reads, in this order."""

_NAMED: Final = ((Kind.TYPE, 2), (Kind.SOURCE, 3), (Kind.MODEL, 4), (Kind.USER, 6), (Kind.AGENT, 7), (Kind.SESSION, 8))
_RUNS: Final = {"agent.executed": EXECUTED, "agent.failed": FAILED}
_MOST_REMEMBERED: Final = 200_000

Book = dict[tuple[int, Kind], Numbers]
"""(workspace, kind) → value → number."""


Rows = Sequence[Sequence[Any]]
"""Rows of `select_rows`."""


class NamesMissing(Exception):
    """Some values among so many rows have no number yet."""

    def __init__(self, missing: dict[tuple[int, Kind], list[str]], rows: int) -> None:
        super().__init__(f"{sum(map(len, missing.values()))} values have no number")
        self.missing = missing
        self.rows = rows


class Numbering:
    """Looks numbers up, gives new ones, and remembers the most recent."""

    def __init__(self, database: Database, lock: str) -> None:
        """`lock` names the projection whose row is locked while numbers are given."""
        self._database = database
        self._lock = lock
        self._known: Book = defaultdict(dict)
        self._remembered = 0

    async def look_up(self, connection: AsyncConnection, rows: Rows) -> Book:
        """Return the numbers of every name in the rows. Raises NamesMissing."""
        if self._remembered > _MOST_REMEMBERED:
            # Sessions come and go; starting over is simpler than choosing whom to forget, and as fast.
            self._known = defaultdict(dict)
            self._remembered = 0
        book: Book = {}
        missing: dict[tuple[int, Kind], list[str]] = {}
        for place, values in _values(rows).items():
            known = self._known[place]
            unknown = values - known.keys()
            if unknown:
                found = await names.find(connection, *place, sorted(unknown))
                self._remember(place, found)
                if len(found) < len(unknown):
                    missing[place] = sorted(unknown - found.keys())
            book[place] = known
        if missing:
            raise NamesMissing(missing, len(rows))
        return book

    async def give(self, missing: dict[tuple[int, Kind], list[str]]) -> None:
        """Number what has no number yet, in a transaction of its own: a number without a page does no harm."""
        async with self._database.writing() as connection:
            lock = select(projections.c.name).where(projections.c.name == self._lock).with_for_update()
            await connection.execute(lock)
            given = [(place, await names.add(connection, *place, values)) for place, values in missing.items()]
            await connection.commit()
        for place, numbers in given:
            self._remember(place, numbers)

    def _remember(self, place: tuple[int, Kind], numbers: Numbers) -> None:
        self._known[place].update(numbers)
        self._remembered += len(numbers)


def select_rows() -> Any:
    """Select what `columns_of` reads, with the position last."""
    return select(*(events.c[name] for name in READ), events.c.position)


def _values(rows: Rows) -> dict[tuple[int, Kind], set[str]]:
    values: dict[tuple[int, Kind], set[str]] = {}
    workspaces = {row[0] for row in rows}
    for workspace in workspaces:
        mine = rows if len(workspaces) == 1 else [row for row in rows if row[0] == workspace]
        for kind, column in _NAMED:
            found = {row[column] for row in mine}
            found.discard(None)
            if found:
                values[workspace, kind] = found
    return values


def columns_of(rows: Rows, book: Book) -> Columns:
    """Return the rows as columns. Processor time only: good for a thread."""
    nothing: Numbers = {}

    def numbers(kind: Kind, column: int) -> list[int]:
        books = {place[0]: numbers for place, numbers in book.items() if place[1] is kind}
        return [MISSING if row[column] is None else books.get(row[0], nothing)[row[column]] for row in rows]

    named = {kind: numbers(kind, column) for kind, column in _NAMED}
    return Columns(
        workspace=_ints([row[0] for row in rows]),
        occurred_at=_ints([row[1] for row in rows]),
        kind=_ints([_RUNS.get(row[2], OTHER) for row in rows]),
        own=_ints([row[3] == OWN_SOURCE for row in rows]),
        type=_ints(named[Kind.TYPE]),
        source=_ints(named[Kind.SOURCE]),
        model=_ints(named[Kind.MODEL]),
        status=_ints([STATUS_CODES[row[5]] for row in rows]),
        user=_ints(named[Kind.USER]),
        agent=_ints(named[Kind.AGENT]),
        session=_ints(named[Kind.SESSION]),
        duration_us=_ints([-1 if row[9] is None else row[9] for row in rows]),
        credits=_ints([row[10] or 0 for row in rows]),
        cost=_ints([row[11] or 0 for row in rows]),
        tokens_in=_ints([row[12] or 0 for row in rows]),
        tokens_out=_ints([row[13] or 0 for row in rows]),
    )


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)
