"""How connections to a file end: once, at once, and without a lock left behind."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import aiosqlite
import pytest

from shadower.adapters.sqlite.connection import connect


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[aiosqlite.Connection]:
    connection = await connect(tmp_path / "file", isolation_level=None)
    yield connection
    await connection.close()


async def test_a_statement_that_was_not_read_to_its_end_keeps_no_lock(
    connection: aiosqlite.Connection, tmp_path: Path
) -> None:
    await connection.execute("BEGIN IMMEDIATE")
    cursor = await connection.execute("VALUES (1), (2), (3)")
    assert await cursor.fetchone() == (1,)
    await connection.close()
    other = sqlite3.connect(tmp_path / "file", isolation_level=None, timeout=0)
    other.execute("BEGIN IMMEDIATE")
    other.close()
    del cursor


async def test_it_may_be_stopped_and_closed_any_number_of_times(connection: aiosqlite.Connection) -> None:
    connection.stop()
    for _ in range(2):
        await connection.close()
    with pytest.raises(ValueError, match="no active connection"):
        await connection.execute("SELECT 1")


async def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        await connect(tmp_path / "missing" / "file")
