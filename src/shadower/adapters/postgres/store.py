"""The life of a PostgreSQL store."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.postgres.partitions import make_ahead
from shadower.adapters.sql.store import SqlStore

_MIGRATION_LOCK: Final = 7_216_093_350
"""Any number: the key of the advisory lock under which one process migrates."""


class PostgresStore(SqlStore):
    """Two that migrate at once take turns; partitions are made with the tables, and ahead from then on."""

    async def _before_migration(self, connection: AsyncConnection) -> None:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        await connection.execute(text("SET LOCAL statement_timeout = 0"))

    async def _tend(self, connection: AsyncConnection, now: int) -> None:
        await make_ahead(connection, now)
