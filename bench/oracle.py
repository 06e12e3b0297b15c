"""
The reference of the questions: the same answers by SQL over the raw events, our indexes present.

What one would write by hand, nothing of Shadower's reading code is used. So it also checks the answers: counts, sums
and distinct counts must be equal, percentiles within 1 %.
"""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from time import perf_counter
from typing import Any

import asyncpg

from bench.answers import REST, TOTAL, Answer, Cell
from bench.questions import QUANTILES, SUMMARY_METRICS, TOP, Kind, Question, Reach
from bench.stores import Place, SqlitePlace
from shadower.domain.events.moments import DAY

_RUN = "type IN ('agent.executed', 'agent.failed')"
_OURS = "source <> 'shadower'"
_BUCKET = f"occurred_at / {DAY}"

_SUMS = {
    "events": "count(*)",
    "executions": f"count(CASE WHEN {_RUN} THEN 1 END)",
    "successes": f"count(CASE WHEN {_RUN} AND status = 'success' THEN 1 END)",
    "failures": f"count(CASE WHEN {_RUN} AND status = 'failure' THEN 1 END)",
    "duration_count": f"count(CASE WHEN {_RUN} THEN duration_us END)",
    "duration_sum": f"sum(CASE WHEN {_RUN} THEN duration_us END)",
    "credits": "sum(credits)",
    "cost": "sum(cost)",
    "tokens_in": "sum(tokens_in)",
    "tokens_out": "sum(tokens_out)",
}
_IDS = {"active_users": "user_id", "active_agents": "agent_id", "sessions": "session_id"}
_PARTS = {
    "success_rate": ("successes", "failures"),
    "avg_duration": ("duration_sum", "duration_count"),
}


class Oracle(ABC):
    """Answers questions by SQL."""

    def timed(self, question: Question) -> tuple[Answer, float]:
        """Return the answer, and the seconds it took."""
        began = perf_counter()
        answer = self._answer(question)
        return answer, perf_counter() - began

    @property
    def best(self) -> "Oracle":
        """The same answers by statements that were written with an eye on how they are carried out."""
        return self

    @abstractmethod
    def _measured(self, asked: Question, keys: Sequence[str], condition: str) -> Iterator[tuple[tuple[Any, ...], Cell]]:
        """Yield the values of `keys`, and the measures, of each group."""

    def _answer(self, asked: Question) -> Answer:
        condition = f"workspace_id = 1 AND occurred_at >= {asked.start} AND occurred_at < {asked.end}"
        if asked.filtered:
            condition += f" AND {asked.filtered[0]} = '{asked.filtered[1]}'"
        if asked.kind is Kind.SUMMARY:
            return {(None, TOTAL): self._whole(asked, condition)}
        if asked.kind is Kind.BREAKDOWN:
            return self._broken_down(asked, str(asked.group), condition)
        if asked.group is None:
            days: Answer = {(None, key[0] * DAY): cell for key, cell in self._measured(asked, (_BUCKET,), condition)}
            return days | {(None, TOTAL): self._whole(asked, condition)}
        keys = (asked.group, _BUCKET)
        answer = {(key[0], key[1] * DAY): cell for key, cell in self._measured(asked, keys, condition)}
        return answer | {(key[0], TOTAL): cell for key, cell in self._measured(asked, keys[:1], condition)}

    def _whole(self, asked: Question, condition: str) -> Cell:
        ((_, cell),) = self._measured(asked, (), condition)
        return cell

    def _broken_down(self, asked: Question, by: str, condition: str) -> Answer:
        found = {key[0]: cell for key, cell in self._measured(asked, (by,), condition)}
        ranked = sorted(found, key=lambda key: -found[key]["executions"])
        answer: Answer = {(key, TOTAL): found[key] for key in ranked[:TOP]}
        if len(ranked) > TOP:
            shown = ", ".join(f"'{key}'" for key in ranked[:TOP])
            answer[REST, TOTAL] = self._whole(asked, f"{condition} AND {by} NOT IN ({shown})")
        return answer


class PostgresOracle(Oracle):
    """
    One statement for each grouping.

    With `hashed`, distinct counts have statements of their own: clumsier, but PostgreSQL hashes instead of sorting.
    """

    def __init__(self, runner: asyncio.Runner, connection: Any, *, hashed: bool = False) -> None:  # noqa: ANN401 - asyncpg's, behind a proxy
        self._runner = runner
        self._connection = connection
        self._hashed = hashed

    @property
    def best(self) -> Oracle:
        """See the base."""
        return PostgresOracle(self._runner, self._connection, hashed=True)

    def _measured(self, asked: Question, keys: Sequence[str], condition: str) -> Iterator[tuple[tuple[Any, ...], Cell]]:
        aggregates, names = sums(asked), quantiles(asked)
        if not self._hashed:
            aggregates |= {name: f"count(DISTINCT {_IDS[name]}) FILTER (WHERE {_OURS})" for name in ids(asked)}
        if names:
            shares = ", ".join(str(int(name[1:]) / 100) for name in names)
            # All of them from one sort.
            ranked = f"percentile_disc(ARRAY[{shares}]) WITHIN GROUP (ORDER BY duration_us) FILTER (WHERE {_RUN})"
            aggregates["percentiles"] = ranked
        sql = _select(keys, aggregates, f"FROM events WHERE {condition}", keys)
        counted = self._distinct(asked, keys, condition) if self._hashed else {}
        for row in self._runner.run(self._connection.fetch(sql)):
            cell = dict(zip(aggregates, row[len(keys) :], strict=True))
            found = cell.pop("percentiles", None) or [None] * len(names)
            key = tuple(row[: len(keys)])
            yield key, cell | dict(zip(names, found, strict=True)) | counted.get(key, {})

    def _distinct(self, asked: Question, keys: Sequence[str], condition: str) -> dict[tuple[Any, ...], Cell]:
        found: dict[tuple[Any, ...], Cell] = {}
        columns = [f"key{place}" for place in range(len(keys))]
        named = [f"{key} AS {column}" for key, column in zip(keys, columns, strict=True)]
        for name in ids(asked):
            column = _IDS[name]
            inner = f"SELECT DISTINCT {', '.join([*named, column])} FROM events WHERE {condition} AND {_OURS}"
            sql = _select(columns, {name: f"count({column})"}, f"FROM ({inner}) AS distinct_ids", columns)
            for row in self._runner.run(self._connection.fetch(sql)):
                found.setdefault(tuple(row[: len(keys)]), dict.fromkeys(ids(asked), 0))[name] = row[-1]
        return found


class SqliteOracle(Oracle):
    """Sums and distinct counts in one statement, percentiles in another: SQLite has no percentile of its own."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def _measured(self, asked: Question, keys: Sequence[str], condition: str) -> Iterator[tuple[tuple[Any, ...], Cell]]:
        # A question about most of the events is answered sooner by reading the table as it lies.
        source = f"FROM events {'' if asked.reach is Reach.NARROW else 'NOT INDEXED'} WHERE {condition}"
        distinct = {name: f"count(DISTINCT CASE WHEN {_OURS} THEN {_IDS[name]} END)" for name in ids(asked)}
        aggregates = sums(asked) | distinct
        names = quantiles(asked)
        found = self._quantiles(keys, source, names)
        for row in self._connection.execute(_select(keys, aggregates, source, keys)):
            key = row[: len(keys)]
            yield key, dict(zip(aggregates, row[len(keys) :], strict=True)) | found.get(key, dict.fromkeys(names))

    def _quantiles(self, keys: Sequence[str], source: str, names: Sequence[str]) -> dict[tuple[Any, ...], Cell]:
        named = [f"{key} AS key{place}" for place, key in enumerate(keys)]
        parts = f"PARTITION BY {', '.join(keys)}" if keys else ""
        ranked = (
            f"SELECT {', '.join([*named, 'duration_us'])}, row_number() OVER ({parts} ORDER BY duration_us) AS place,"
            f" count(*) OVER ({parts}) AS total {source} AND {_RUN} AND duration_us IS NOT NULL"
        )
        # Nearest rank: the whole number at or above the share of the total.
        wanted = {
            name: f"max(CASE WHEN place = (total * {name[1:]} + 99) / 100 THEN duration_us END)" for name in names
        }
        columns = [f"key{place}" for place in range(len(keys))]
        sql = _select(columns, wanted, f"FROM ({ranked})", columns)
        return {
            row[: len(keys)]: dict(zip(names, row[len(keys) :], strict=True)) for row in self._connection.execute(sql)
        }


@contextmanager
def oracle(place: Place) -> Iterator[Oracle]:
    """The oracle of a store, over a connection of its own."""
    if isinstance(place, SqlitePlace):
        with closing(sqlite3.connect(f"file:{place.path}?mode=ro", uri=True)) as file:
            for pragma in ("temp_store = MEMORY", "cache_size = -262144"):
                file.execute(f"PRAGMA {pragma}")
            yield SqliteOracle(file)
        return
    with asyncio.Runner() as runner:
        connection: Any = runner.run(asyncpg.connect(place.url))
        try:
            yield PostgresOracle(runner, connection)
        finally:
            runner.run(connection.close())


def sums(asked: Question) -> dict[str, str]:
    """Return the measures that add up, of those the question needs."""
    needed = set(asked.metrics).union(*(_PARTS.get(name, ()) for name in asked.metrics))
    return {name: sql for name, sql in _SUMS.items() if name in needed}


def ids(asked: Question) -> list[str]:
    """Return the distinct counts asked for."""
    return [name for name in asked.metrics if name in _IDS]


def quantiles(asked: Question) -> list[str]:
    """Return the percentiles asked for."""
    return [name for name in asked.metrics if name in QUANTILES]


def _select(keys: Sequence[str], aggregates: dict[str, str], source: str, groups: Sequence[str]) -> str:
    columns = ", ".join([*keys, *(f"{sql} AS {name}" for name, sql in aggregates.items())])
    grouped = f" GROUP BY {', '.join(groups)}" if groups else ""
    return f"SELECT {columns} {source}{grouped}"


assert set(SUMMARY_METRICS) <= {*_SUMS, *_IDS, *_PARTS, *QUANTILES}
