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

QUARANTINE_LIMIT = 64 * 1024 * 1024
"""Bytes of refused events kept per workspace."""


def store_bundle(settings: Settings, clock: Clock) -> StoreBundle:
    """Return the store in the database that the settings name."""
    return postgres_store(
        settings.database_url,
        clock,
        pool_size=settings.pool_size,
        statement_timeout=settings.statement_timeout,
        quarantine_limit=settings.quarantine_limit_bytes,
    )


def postgres_store(
    url: str,
    clock: Clock,
    *,
    pool_size: int = 10,
    statement_timeout: float = 30.0,
    quarantine_limit: int = QUARANTINE_LIMIT,
) -> StoreBundle:
    """Return the store in this database; `statement_timeout` in seconds."""
    database = PostgresDatabase(url, pool_size=pool_size, statement_timeout=statement_timeout)
    return StoreBundle(
        PostgresStore(database, clock),
        PostgresEventLog(database, quarantine_limit=quarantine_limit),
        SqlOpenSnapshot(database, clock),
        SqlBeginWork(database, quarantine_limit=quarantine_limit),
        SqlRollups(database, PostgresPageStore(), clock),
        PostgresEventRemoval(database, PostgresPageStore(), clock),
    )
