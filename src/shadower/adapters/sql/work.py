"""The unit of work: one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.bus_groups import SqlBusGroups
from shadower.adapters.sql.database import Database
from shadower.adapters.sql.dead_letters import SqlDeadLetters
from shadower.adapters.sql.jobs import SqlJobs
from shadower.adapters.sql.keys import SqlKeys, SqlSignIns
from shadower.adapters.sql.outbox import SqlOutbox
from shadower.adapters.sql.projections import SqlProjections
from shadower.adapters.sql.quarantine import SqlQuarantine
from shadower.adapters.sql.read_models import SqlReadModels
from shadower.adapters.sql.retention import SqlRetention
from shadower.adapters.sql.schedules import SqlSchedules
from shadower.adapters.sql.workspaces import SqlWorkspaces
from shadower.application.ports.work import BeginWork, Work


class SqlWork(Work):
    """Everything done through it becomes visible with its transaction, or never."""

    def __init__(self, connection: AsyncConnection, quarantine_limit: int, *, reading: bool = False) -> None:
        """One only for `reading` locks nothing: PostgreSQL refuses to lock in a transaction that may only read."""
        self._connection = connection
        self.workspaces = SqlWorkspaces(connection, locking=not reading)
        self.keys = SqlKeys(connection)
        self.sign_ins = SqlSignIns(connection)
        self.quarantine = SqlQuarantine(connection, quarantine_limit, locking=not reading)
        self.projections = SqlProjections(connection)
        self.read_models = SqlReadModels(connection)
        self.retention = SqlRetention(connection)
        self.jobs = SqlJobs(connection, locking=not reading)
        self.schedules = SqlSchedules(connection)
        self.bus_groups = SqlBusGroups(connection)
        self.dead_letters = SqlDeadLetters(connection, locking=not reading)
        self.outbox = SqlOutbox(connection)

    async def commit(self) -> None:
        """See the port."""
        await self._connection.commit()


class SqlBeginWork(BeginWork):
    """Opens transactions."""

    def __init__(self, database: Database, *, quarantine_limit: int) -> None:
        """`quarantine_limit`: bytes kept per workspace."""
        self._database = database
        self._quarantine_limit = quarantine_limit

    @asynccontextmanager
    async def __call__(self, *, reading: bool = False) -> AsyncIterator[SqlWork]:
        """See the port."""
        async with self._database.reading() if reading else self._database.writing() as connection:
            yield SqlWork(connection, self._quarantine_limit, reading=reading)
