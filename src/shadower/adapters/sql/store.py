"""The life of a SQL store: what both dialects do alike."""

from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql import migrate
from shadower.adapters.sql.database import Database, check_schema, upgrade_schema
from shadower.adapters.sql.retention import SqlRetention
from shadower.adapters.sql.schema import intake, jobs, log_head, schedule_slots, sign_ins
from shadower.application.ports.clock import Clock
from shadower.application.ports.store import Store, StoreHealth
from shadower.domain.errors import Unavailable
from shadower.domain.events.moments import DAY
from shadower.domain.retention.run import RUNS_KEPT

INTAKE_KEPT: Final = 30 * DAY
"""How long the intake counts per minute are kept."""
JOBS_KEPT: Final = 30 * DAY
"""How long jobs that have ended, and the slots they were made for, are kept."""


class SqlStore(Store):
    """One database."""

    def __init__(self, database: Database, clock: Clock) -> None:
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
            await self._before_migration(connection)
            await upgrade_schema(connection)
            await self._tend(connection, self._clock.now())
            await connection.commit()

    async def health(self) -> StoreHealth:
        """See the port."""
        dialect = self._database.dialect
        try:
            async with self._database.reading() as connection:
                version = await connection.run_sync(migrate.current_version)
                position = await connection.scalar(select(func.max(log_head.c.position))) if version else None
        except Unavailable as error:
            return StoreHealth(dialect, False, None, migrate.WANTED, None, error.message)
        except DBAPIError as error:  # what it says itself quotes the statement
            cause = error.orig and (error.orig.__cause__ or error.orig)
            detail = f"The database cannot be read ({type(cause).__name__})."
            return StoreHealth(dialect, False, None, migrate.WANTED, None, detail)
        in_use, most = self._database.connections()
        return StoreHealth(dialect, True, version, migrate.WANTED, position, None, in_use, most)

    async def keep(self) -> None:
        """See the port."""
        now = self._clock.now()
        async with self._database.writing() as connection:
            await self._tend(connection, now)
            await connection.execute(delete(intake).where(intake.c.minute < now - INTAKE_KEPT))
            await connection.execute(delete(sign_ins).where(sign_ins.c.expires_at <= now))
            await SqlRetention(connection).forget(now - RUNS_KEPT)
            await connection.execute(delete(jobs).where(jobs.c.finished_at < now - JOBS_KEPT))
            await connection.execute(delete(schedule_slots).where(schedule_slots.c.slot < now - JOBS_KEPT))
            await connection.commit()

    async def _before_migration(self, connection: AsyncConnection) -> None:
        """Do what a dialect needs before the schema changes; by default nothing."""

    async def _tend(self, connection: AsyncConnection, now: int) -> None:
        """Do the dialect's own upkeep; by default nothing."""
