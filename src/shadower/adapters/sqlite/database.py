"""SQLite through SQLAlchemy: a pool of readers, each on a snapshot, and one writer."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from shadower.adapters.sql.database import Database, translating
from shadower.adapters.sqlite.connection import BUSY_SECONDS, connect
from shadower.adapters.sqlite.deadline import limit_statements
from shadower.domain.errors import QueryTimeout, ShadowerError, StoreUnavailable

_TRANSIENT = ("locked", "busy", "disk", "unable to open", "readonly", "I/O")


class SqliteDatabase(Database):
    """A database file, made when absent."""

    dialect = "sqlite"

    def __init__(self, path: Path, *, readers: int = 4, statement_timeout: float = 30.0) -> None:
        """`statement_timeout` in seconds bounds each reading statement."""
        self.path = path
        self._timeout = statement_timeout
        url = f"sqlite+aiosqlite:///{path}"
        self._readers = _engine(url, readers, "BEGIN")
        limit_statements(self._readers, statement_timeout)
        self._writer = _engine(url, 1, "BEGIN IMMEDIATE")

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A deferred transaction in WAL mode reads one snapshot, taken at its first statement."""
        async with translating(self), self._readers.connect() as connection:
            raw: Any = (await connection.get_raw_connection()).driver_connection
            await raw.execute("PRAGMA query_only = ON")
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """The one writer of this process; other processes wait for its lock."""
        async with translating(self), self._writer.connect() as connection:
            yield connection

    def connections(self) -> tuple[int, int]:
        """Of the readers; the one writer is always there."""
        pool = cast("AsyncAdaptedQueuePool", self._readers.pool)
        return pool.checkedout(), pool.size()

    async def connect(self) -> None:
        """Make the file when it is absent."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"Cannot make the data directory {self.path.parent}: {error.strerror}.") from error
        async with self.writing() as connection:
            await connection.exec_driver_sql("SELECT 1")

    async def dispose(self) -> None:
        """Close every connection; the last one folds the write-ahead log into the file."""
        await self._readers.dispose()
        await self._writer.dispose()

    def translated(self, error: Exception) -> ShadowerError | None:
        """Locked, full and unreadable files are transient; anything else is a fault of ours."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, sqlite3.OperationalError):
            said = str(cause)
            if "interrupted" in said:
                return QueryTimeout(
                    f"The question took longer than {self._timeout:g} s; ask for a shorter range or fewer filters."
                )
            if any(word in said for word in _TRANSIENT):
                return StoreUnavailable(f"The database file cannot be used just now ({said}).")
        if isinstance(cause, OSError):
            return StoreUnavailable(f"The database file cannot be used just now ({cause.strerror}).")
        return None


def _engine(url: str, size: int, begin: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=30,
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": None, "async_creator_fn": connect},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        for pragma in (
            "synchronous = FULL",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            "cache_size = -32768",
            "wal_autocheckpoint = 4000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        # The driver would begin late, and only before writing; a snapshot has to begin before reading.
        connection.exec_driver_sql(begin)

    return engine
