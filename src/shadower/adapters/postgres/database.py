"""PostgreSQL through SQLAlchemy and asyncpg: one pool, checked before use."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, cast

import asyncpg
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool

from shadower.adapters.postgres.listener import Listener
from shadower.adapters.resilience.breaker import Breaker
from shadower.adapters.sql.database import Database, translating
from shadower.domain.errors import QueryTimeout, ShadowerError, StoreUnavailable

_RECYCLE_SECONDS: Final = 1800
_POOL_WAIT_SECONDS: Final = 10
_CONNECT_SECONDS: Final = 5

_TRANSIENT: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.OutOfMemoryError,
    asyncpg.DiskFullError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
    OSError,
)


class PostgresDatabase(Database):
    """A database server."""

    dialect = "postgresql"

    def __init__(self, url: str, *, pool_size: int = 10, statement_timeout: float = 30.0) -> None:
        """`statement_timeout` in seconds bounds each statement of this store, and each rest between two of them."""
        self._timeout = statement_timeout
        address = make_url(url).set(drivername="postgresql+asyncpg")
        settings = {
            "application_name": "shadower",
            "statement_timeout": str(int(statement_timeout * 1000)),
            # A process that is frozen, or whose machine is, would otherwise keep its locks.
            "idle_in_transaction_session_timeout": str(int(statement_timeout * 1000)),
            # Plans for short questions gain nothing from machine code, which takes longer than they do.
            "jit": "off",
        }
        arguments = {"timeout": _CONNECT_SECONDS, "server_settings": settings}
        self.engine = create_async_engine(
            address,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=_POOL_WAIT_SECONDS,
            pool_pre_ping=True,
            pool_recycle=_RECYCLE_SECONDS,
            connect_args=arguments,
        )
        self.listener = Listener(create_async_engine(address, poolclass=NullPool, connect_args=arguments))
        self._breaker = Breaker()
        self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A repeatable-read transaction sees one snapshot, taken at its first statement."""
        async with translating(self), self._guarded(self._reader) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """An ordinary transaction."""
        async with translating(self), self._guarded(self.engine) as connection:
            yield connection

    @asynccontextmanager
    async def _guarded(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        if not self._breaker.may_try():
            raise StoreUnavailable("The database did not answer a moment ago; it is tried again shortly.")
        try:
            opened = await engine.connect()
        except (DBAPIError, OSError, TimeoutError):
            self._breaker.failed()
            raise
        self._breaker.answered()
        try:
            yield opened
        finally:
            await asyncio.shield(opened.close())

    def connections(self) -> tuple[int, int]:
        """See the protocol."""
        pool = cast("AsyncAdaptedQueuePool", self.engine.pool)
        return pool.checkedout(), pool.size()

    async def connect(self) -> None:
        """See the protocol."""
        async with self.writing() as connection:
            await connection.execute(text("SELECT 1"))

    async def dispose(self) -> None:
        """See the protocol."""
        await self.listener.close()
        await self.engine.dispose()

    def translated(self, error: Exception) -> ShadowerError | None:
        """What asyncpg says is on the cause: SQLAlchemy wraps it twice."""
        cause: BaseException = error
        if isinstance(error, DBAPIError) and error.orig is not None:
            cause = error.orig.__cause__ or error.orig
        if isinstance(cause, asyncpg.QueryCanceledError):
            return QueryTimeout(
                f"The question took longer than {self._timeout:g} s; ask for a shorter range or fewer filters."
            )
        if isinstance(cause, _TRANSIENT) or (isinstance(error, DBAPIError) and error.connection_invalidated):
            return StoreUnavailable("The database cannot be reached, or broke off; try again shortly.")
        return None
