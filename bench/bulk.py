"""
The references of ingest: the same rows written by the fastest plain means, a thousand in a transaction.

`indexed` tables have the columns and secondary indexes of our events table, taken from the migrated schema itself; the
others only a primary key.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from time import perf_counter

import asyncpg

from bench.stores import PostgresPlace
from shadower.adapters.sql.schema import events
from shadower.entrypoints.loop import new_loop

ROWS_A_TRANSACTION = 1_000

PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "cache_size = -32768", "wal_autocheckpoint = 4000")
"""Ours. With SQLite's own small page cache, the reference is little more than half as fast."""

Row = tuple[object, ...]

_COLUMNS = [column.name for column in events.columns]
_ID = _COLUMNS.index("id")


def copied(place: PostgresPlace, rows: Sequence[Row], *, indexed: bool) -> float:
    """Return the rows a second of one connection's binary COPY."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(_copied(place.url, rows, indexed=indexed))


async def _copied(url: str, rows: Sequence[Row], *, indexed: bool) -> float:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("DROP TABLE IF EXISTS reference")
        await connection.execute(f"CREATE TABLE reference (LIKE events {'INCLUDING ALL' if indexed else ''})")
        if not indexed:
            await connection.execute("ALTER TABLE reference ADD PRIMARY KEY (position)")
        await connection.execute("CHECKPOINT")
        began = perf_counter()
        for chunk in _chunks(rows):
            async with connection.transaction():
                await connection.copy_records_to_table("reference", records=chunk, columns=_COLUMNS)
        seconds = perf_counter() - began
        _check(await connection.fetchval("SELECT count(*) FROM reference"), rows)
        await connection.execute("DROP TABLE reference")
        return len(rows) / seconds
    finally:
        await connection.close()


def inserted(schema: Path, path: Path, rows: Sequence[Row], *, indexed: bool) -> float:
    """Return the rows a second of `executemany` into a new file at `path`; `schema` is a file with our tables."""
    for_sqlite = [(*row[:_ID], bytes.fromhex(str(row[_ID]).replace("-", "")), *row[_ID + 1 :]) for row in rows]
    insert = f"INSERT INTO events VALUES ({', '.join('?' * len(_COLUMNS))})"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        for statement in _statements(schema, indexed=indexed):
            connection.execute(statement)
        began = perf_counter()
        for chunk in _chunks(for_sqlite):
            connection.execute("BEGIN")
            connection.executemany(insert, chunk)
            connection.execute("COMMIT")
        seconds = perf_counter() - began
        _check(connection.execute("SELECT count(*) FROM events").fetchone()[0], rows)
    return len(rows) / seconds


def _statements(schema: Path, *, indexed: bool) -> list[str]:
    kinds = "('table', 'index')" if indexed else "('table')"
    with closing(sqlite3.connect(schema)) as connection:
        return [
            row[0]
            for row in connection.execute(
                f"SELECT sql FROM sqlite_master WHERE tbl_name = 'events' AND type IN {kinds} AND sql IS NOT NULL"
                " ORDER BY type DESC"
            )
        ]


def _chunks(rows: Sequence[Row]) -> list[Sequence[Row]]:
    return [rows[start : start + ROWS_A_TRANSACTION] for start in range(0, len(rows), ROWS_A_TRANSACTION)]


def _check(count: int, rows: Sequence[Row]) -> None:
    if count != len(rows):
        raise RuntimeError(f"The reference lost rows: {count} of {len(rows)} are there.")
