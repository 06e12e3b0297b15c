"""A PostgreSQL database in every role of a store."""

from shadower.adapters.postgres.database import PostgresDatabase
from shadower.adapters.postgres.log import PostgresEventLog
from shadower.adapters.postgres.pages import PostgresPageStore
from shadower.adapters.postgres.removal import PostgresEventRemoval
from shadower.adapters.postgres.store import PostgresStore
from shadower.adapters.sql.rollups import SqlRollups
from shadower.adapters.sql.snapshot import SqlOpenSnapshot
from shadower.adapters.sql.work import SqlBeginWork
from shadower.application.ports.clock import Clock
from shadower.entrypoints.settings import Settings
from shadower.entrypoints.wiring.bundle import StoreBundle


def store_bundle(settings: Settings, clock: Clock) -> StoreBundle:
    """Return the store in the database that the settings name."""
    database = PostgresDatabase(
        settings.database_url, pool_size=settings.pool_size, statement_timeout=settings.statement_timeout
    )
    quarantine_limit = settings.quarantine_limit_bytes
    return StoreBundle(
        PostgresStore(database, clock),
        PostgresEventLog(database, quarantine_limit=quarantine_limit),
        SqlOpenSnapshot(database, clock),
        SqlBeginWork(database, quarantine_limit=quarantine_limit),
        SqlRollups(database, PostgresPageStore(), clock),
        PostgresEventRemoval(database, PostgresPageStore(), clock),
    )
