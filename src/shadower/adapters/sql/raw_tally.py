"""
Tallies straight from the events: exact for every question, at the cost of reading what it covers.

Three uses share it: questions the rollups cannot answer, the ragged edges of those they can, and the tail of the log
that they have not taken in yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from pyroaring import BitMap
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.matching import passing
from shadower.adapters.sql.names import Kind
from shadower.adapters.sql.schema import events, names
from shadower.domain.events.event import EXECUTED, EXECUTION_TYPES, FAILED, OWN_SOURCE, WorkspaceId
from shadower.domain.metrics.pages import RawRange
from shadower.domain.metrics.question import Aggregation, Tallies
from shadower.domain.metrics.tally import Needs, Tally

_LOW_BITS: Final = 31
_LOW_MASK: Final = (1 << _LOW_BITS) - 1
_LARGEST_NUMBER: Final = 2**32 - 1

_SUMMED: Final = ("duration_us", "credits", "cost", "execution_credits", "execution_cost", "tokens_in", "tokens_out")
_COUNTED: Final = ("execution", "success", "failed", "cancelled", "timed")


@dataclass(slots=True)
class Strangers:
    """Numbers for ids that have none yet, counted down from the top; good for one snapshot."""

    given: dict[tuple[Kind, str], int]

    def number(self, kind: Kind, value: str, known: int | None) -> int:
        """Return the dense number, or one that no known id has."""
        if known is not None:
            return known
        return self.given.setdefault((kind, value), _LARGEST_NUMBER - len(self.given))


@dataclass(frozen=True, slots=True)
class LogPart:
    """Which positions count: after < position <= upto."""

    after: int | None = None
    upto: int | None = None


class RawTally:
    """Asks the events of one workspace on one connection's snapshot."""

    def __init__(self, connection: AsyncConnection, workspace: WorkspaceId, strangers: Strangers) -> None:
        self._connection = connection
        self._workspace = workspace
        self._strangers = strangers

    async def __call__(self, asked: Aggregation, part: LogPart = LogPart()) -> Tallies:
        """Return the tallies of the part of the log."""
        return await self._tallied(
            self._select(asked, (asked.start, asked.end), bucket_of(asked.cuts), part), asked.needs
        )

    async def edges(self, asked: Aggregation, ranges: Sequence[RawRange], part: LogPart) -> Tallies:
        """Return the tallies of these ranges of the question's buckets."""
        selects = [self._select(asked, (one.start, one.end), literal(one.bucket, BigInteger), part) for one in ranges]
        return await self._tallied(union_all(*selects) if selects[1:] else selects[0], asked.needs)

    async def _tallied(self, events_chosen: Select[Any] | CompoundSelect[Any], needs: Needs) -> Tallies:
        # A subquery, because PostgreSQL takes two mentions of an expression with parameters for two expressions.
        rows = events_chosen.subquery()
        tallies: Tallies = {}
        for row in (await self._connection.execute(_sums(rows))).all():
            tallies.setdefault(row.grp, {})[int(row.bucket)] = _tally(row._mapping)  # noqa: SLF001 - public by its documentation
        if not tallies:
            return tallies
        if Needs.HISTOGRAM in needs:
            await self._add_histograms(rows, tallies)
        for need, kind, field in (
            (Needs.USERS, Kind.USER, "users"),
            (Needs.AGENTS, Kind.AGENT, "agents"),
            (Needs.SESSIONS, Kind.SESSION, "sessions"),
        ):
            if need in needs:
                await self._add_ids(rows, tallies, kind, field)
        return tallies

    async def _add_histograms(self, rows: Subquery, tallies: Tallies) -> None:
        statement = (
            select(rows.c.bucket, rows.c.grp, rows.c.duration_bin, func.count())
            .where(rows.c.timed == 1)
            .group_by(rows.c.bucket, rows.c.grp, rows.c.duration_bin)
        )
        for bucket, group, bin_number, count in (await self._connection.execute(statement)).all():
            tallies[group][int(bucket)].histogram.add({bin_number: count})

    async def _add_ids(self, rows: Subquery, tallies: Tallies, kind: Kind, field: str) -> None:
        column = rows.c[f"{kind.name.lower()}_id"]
        distinct = (
            select(rows.c.bucket, rows.c.grp, column.label("value"))
            .where(column.is_not(None), rows.c.source != OWN_SOURCE)
            .distinct()
            .subquery()
        )
        statement = select(distinct.c.bucket, distinct.c.grp, distinct.c.value, names.c.number).outerjoin(
            names,
            and_(
                names.c.workspace_id == self._workspace,
                names.c.kind == int(kind),
                names.c.value == distinct.c.value,
            ),
        )
        found: dict[tuple[str | None, int], list[int]] = {}
        for bucket, group, value, number in (await self._connection.execute(statement)).all():
            found.setdefault((group, int(bucket)), []).append(self._strangers.number(kind, value, number))
        for (group, bucket), numbers in found.items():
            setattr(tallies[group][bucket], field, BitMap(numbers))

    def _select(
        self, asked: Aggregation, within: tuple[int, int], bucket: ColumnElement[int], part: LogPart
    ) -> Select[Any]:
        column = events.c
        conditions: list[ColumnElement[bool]] = [
            column.workspace_id == self._workspace,
            column.occurred_at >= within[0],
            column.occurred_at < within[1],
            *passing(asked.filters),
        ]
        if part.after is not None:
            conditions.append(column.position > part.after)
        if part.upto is not None:
            conditions.append(column.position <= part.upto)
        execution, ran = column.type.in_(EXECUTION_TYPES), column.type == EXECUTED
        group = literal(None) if asked.group_by is None else column[asked.group_by.value]
        return select(
            bucket.label("bucket"),
            group.label("grp"),
            case((execution, 1), else_=0).label("execution"),
            case((and_(ran, column.status == "success"), 1), else_=0).label("success"),
            case((or_(and_(ran, column.status == "failure"), column.type == FAILED), 1), else_=0).label("failed"),
            case((and_(ran, column.status == "cancelled"), 1), else_=0).label("cancelled"),
            case((and_(execution, column.duration_us.is_not(None)), 1), else_=0).label("timed"),
            case((execution, column.duration_us)).label("duration_us"),
            case((execution, column.credits)).label("execution_credits"),
            case((execution, column.cost)).label("execution_cost"),
            column.duration_bin,
            *(column[name] for name in ("credits", "cost", "tokens_in", "tokens_out")),
            *(column[name] for name in ("source", "user_id", "agent_id", "session_id")),
        ).where(*conditions)


def bucket_of(cuts: Sequence[int]) -> ColumnElement[int]:
    """Return the index of the bucket of `occurred_at`: a division for each run of equally long buckets."""
    runs: list[tuple[int, int, int, int]] = []
    for index, (start, end) in enumerate(pairwise(cuts)):
        if runs and runs[-1][2] == end - start:
            first, began, width, _ = runs[-1]
            runs[-1] = (first, began, width, end)
        else:
            runs.append((index, start, end - start, end))
    at = events.c.occurred_at
    indexes = [
        literal(first, BigInteger) + (at - literal(began, BigInteger)) // literal(width, BigInteger)
        for first, began, width, _ in runs
    ]
    if len(runs) == 1:
        return indexes[0]
    return case(*((at < end, index) for index, (_, _, _, end) in zip(indexes, runs, strict=True)))


def _sums(rows: Subquery) -> Any:
    wide = [
        part
        for name in _SUMMED
        for part in (
            func.sum(rows.c[name].bitwise_rshift(literal(_LOW_BITS, Integer))).label(f"{name}_high"),
            func.sum(rows.c[name].bitwise_and(_LOW_MASK)).label(f"{name}_low"),
        )
    ]
    return select(
        rows.c.bucket,
        rows.c.grp,
        func.count().label("events"),
        *(func.sum(rows.c[name]).label(name) for name in _COUNTED),
        func.min(rows.c.duration_us).label("shortest"),
        func.max(rows.c.duration_us).label("longest"),
        *wide,
    ).group_by(rows.c.bucket, rows.c.grp)


def _tally(row: Any) -> Tally:
    def wide(name: str) -> int:
        # Two sums, because SQLite's own gives up past 2^63.
        return (int(row[f"{name}_high"] or 0) << _LOW_BITS) + int(row[f"{name}_low"] or 0)

    return Tally(
        events=row["events"],
        executions=int(row["execution"]),
        successes=int(row["success"]),
        failures=int(row["failed"]),
        cancelled=int(row["cancelled"]),
        duration_count=int(row["timed"]),
        duration_sum=wide("duration_us"),
        duration_min=row["shortest"],
        duration_max=row["longest"],
        credits=wide("credits"),
        cost=wide("cost"),
        tokens_in=wide("tokens_in"),
        tokens_out=wide("tokens_out"),
        execution_credits=wide("execution_credits"),
        execution_cost=wide("execution_cost"),
    )
