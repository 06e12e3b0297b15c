"""The life of a SQLite store."""

from sqlalchemy import delete, func, select
from sqlalchemy.exc import DBAPIError

from shadower.adapters.sql import migrate
from shadower.adapters.sql.database import check_schema, upgrade_schema
from shadower.adapters.sql.schema import intake, log_head, sign_ins
from shadower.adapters.sqlite.database import SqliteDatabase
from shadower.application.ports.clock import Clock
from shadower.application.ports.store import Store, StoreHealth
from shadower.domain.errors import Unavailable
from shadower.domain.events.moments import DAY

INTAKE_KEPT = 30 * DAY
"""How long the intake counts per minute are kept."""


class SqliteStore(Store):
    """One file."""

    def __init__(self, database: SqliteDatabase, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def open(self) -> None:
        """See the port."""
        await self._database.connect()
        async with self._database.reading() as connection:
            await check_schema(connection)

    async def close(self) -> None:
        """See the port."""
        await self._database.dispose()

    async def migrate(self) -> None:
        """See the port."""
        await self._database.connect()
        async with self._database.writing() as connection:
            await upgrade_schema(connection)
            await connection.commit()

    async def health(self) -> StoreHealth:
        """See the port."""
        try:
            async with self._database.reading() as connection:
                version = await connection.run_sync(migrate.current_version)
                position = await connection.scalar(select(func.max(log_head.c.position))) if version else None
        except (Unavailable, DBAPIError) as error:
            return StoreHealth("sqlite", False, None, migrate.WANTED, None, str(error))
        in_use, most = self._database.connections()
        return StoreHealth("sqlite", True, version, migrate.WANTED, position, None, in_use, most)

    async def keep(self) -> None:
        """See the port."""
        now = self._clock.now()
        async with self._database.writing() as connection:
            await connection.execute(delete(intake).where(intake.c.minute < now - INTAKE_KEPT))
            await connection.execute(delete(sign_ins).where(sign_ins.c.expires_at <= now))
            await connection.commit()
