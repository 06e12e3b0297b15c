"""Dense numbers of dimension values: what pages and bitmaps hold instead of text."""

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from secrets import randbits
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.schema import names
from shadower.domain.metrics.question import Dimension

MISSING: Final = 0
"""The number of "no value"."""
_CHUNK: Final = 500


class Kind(IntEnum):
    """Which dimension a name belongs to. Stored."""

    TYPE = 1
    SOURCE = 2
    MODEL = 3
    AGENT = 4
    USER = 5
    SESSION = 6


KIND_OF: Final[Mapping[Dimension, Kind]] = {
    Dimension.TYPE: Kind.TYPE,
    Dimension.SOURCE: Kind.SOURCE,
    Dimension.MODEL: Kind.MODEL,
    Dimension.AGENT: Kind.AGENT,
    Dimension.USER: Kind.USER,
    Dimension.SESSION: Kind.SESSION,
}

Numbers = dict[str, int]


async def find(connection: AsyncConnection, workspace: int, kind: Kind, values: Iterable[str]) -> Numbers:
    """Return the numbers of those values that have one."""
    wanted = list(values)
    found: Numbers = {}
    for start in range(0, len(wanted), _CHUNK):
        statement = select(names.c.value, names.c.number).where(
            names.c.workspace_id == workspace,
            names.c.kind == kind,
            names.c.value.in_(wanted[start : start + _CHUNK]),
        )
        found |= {row[0]: row[1] for row in (await connection.execute(statement)).all()}
    return found


async def values_of(connection: AsyncConnection, workspace: int, kind: Kind, numbers: Sequence[int]) -> dict[int, str]:
    """Return the values behind numbers."""
    found: dict[int, str] = {}
    for start in range(0, len(numbers), _CHUNK):
        statement = select(names.c.number, names.c.value).where(
            names.c.workspace_id == workspace,
            names.c.kind == kind,
            names.c.number.in_(list(numbers[start : start + _CHUNK])),
        )
        found |= {row[0]: row[1] for row in (await connection.execute(statement)).all()}
    return found


async def add(connection: AsyncConnection, workspace: int, kind: Kind, values: Sequence[str]) -> Numbers:
    """
    Number values that have none yet; returns the numbers of all of them.

    The caller holds the lock on names (see `lock`), so that no number is given twice.
    """
    there = await find(connection, workspace, kind, values)
    missing = [value for value in values if value not in there]
    if missing:
        last = await connection.scalar(
            select(func.max(names.c.number)).where(names.c.workspace_id == workspace, names.c.kind == kind)
        )
        mark = randbits(63)
        rows = [
            {"workspace_id": workspace, "kind": int(kind), "value": value, "number": number, "mark": mark}
            for number, value in enumerate(missing, (last or MISSING) + 1)
        ]
        await connection.execute(names.insert(), rows)
        there |= {row["value"]: row["number"] for row in rows}  # type: ignore[misc]
    return there
