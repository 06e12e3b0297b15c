"""A SQLite file in every role of a store."""

from pathlib import Path

from shadower.adapters.sql.removal import SqlEventRemoval
from shadower.adapters.sql.rollups import SqlRollups
from shadower.adapters.sql.snapshot import SqlOpenSnapshot
from shadower.adapters.sql.store import SqlStore
from shadower.adapters.sql.work import SqlBeginWork
from shadower.adapters.sqlite.database import SqliteDatabase
from shadower.adapters.sqlite.log import SqliteEventLog
from shadower.adapters.sqlite.pages import SqlitePageStore
from shadower.application.ports.clock import Clock
from shadower.entrypoints.settings import Settings
from shadower.entrypoints.wiring.bundle import StoreBundle

QUARANTINE_LIMIT = 64 * 1024 * 1024
"""Bytes of refused events kept per workspace."""


_SCHEME = "sqlite:///"


def store_bundle(settings: Settings, clock: Clock) -> StoreBundle:
    """Return the store in the file that the settings name."""
    return sqlite_store(
        Path(settings.database_url.removeprefix(_SCHEME)),
        clock,
        readers=settings.pool_size,
        statement_timeout=settings.statement_timeout,
        quarantine_limit=settings.quarantine_limit_bytes,
    )


def sqlite_store(
    path: Path,
    clock: Clock,
    *,
    readers: int = 4,
    statement_timeout: float = 30.0,
    quarantine_limit: int = QUARANTINE_LIMIT,
) -> StoreBundle:
    """Return the store in this file; `statement_timeout` in seconds."""
    database = SqliteDatabase(path, readers=readers, statement_timeout=statement_timeout)
    return StoreBundle(
        SqlStore(database, clock),
        SqliteEventLog(database, quarantine_limit=quarantine_limit),
        SqlOpenSnapshot(database, clock),
        SqlBeginWork(database, quarantine_limit=quarantine_limit),
        SqlRollups(database, SqlitePageStore(), clock),
        SqlEventRemoval(database, SqlitePageStore(), clock),
    )
