"""A SQLite file in every role of a store."""

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


def store_bundle(settings: Settings, clock: Clock) -> StoreBundle:
    """Return the store in the file that the settings name."""
    database = SqliteDatabase(
        settings.sqlite_file, readers=settings.pool_size, statement_timeout=settings.statement_timeout
    )
    quarantine_limit = settings.quarantine_limit_bytes
    return StoreBundle(
        SqlStore(database, clock),
        SqliteEventLog(database, quarantine_limit=quarantine_limit),
        SqlOpenSnapshot(database, clock),
        SqlBeginWork(database, quarantine_limit=quarantine_limit),
        SqlRollups(database, SqlitePageStore(), clock),
        SqlEventRemoval(database, SqlitePageStore(), clock),
    )
