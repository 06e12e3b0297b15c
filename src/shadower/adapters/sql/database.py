"""Connections to a database: many for reading, and those that write."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql import migrate
from shadower.domain.errors import SchemaMismatch, ShadowerError, StoreUnavailable


class Database(Protocol):
    """What the shared SQL code needs of a dialect. Driver errors are translated at its edge, nowhere else."""

    dialect: str

    @abstractmethod
    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Return a connection in a read-only transaction that sees one instant of the store."""

    @abstractmethod
    def writing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Return a connection in a transaction that may write; rolled back unless committed."""

    @abstractmethod
    def connections(self) -> tuple[int, int]:
        """Return how many connections are in use, and how many there may be."""

    @abstractmethod
    async def connect(self) -> None:
        """Raises StoreUnavailable when the store cannot be reached."""

    @abstractmethod
    async def dispose(self) -> None:
        """Close every connection."""

    @abstractmethod
    def translated(self, error: Exception) -> ShadowerError | None:
        """Return what a driver's error means to the core, None for a fault of our own."""


@asynccontextmanager
async def translating(database: Database) -> AsyncIterator[None]:
    """Turn the driver's transient errors into StoreUnavailable or QueryTimeout."""
    try:
        yield
    except PoolTimeout:
        raise StoreUnavailable("Every connection to the store is in use.") from None
    except Exception as error:  # a driver used past SQLAlchemy raises its own
        known = database.translated(error)
        if known is None:
            raise
        raise known from error


async def check_schema(connection: AsyncConnection) -> None:
    """Raise SchemaMismatch unless the schema is the wanted one."""
    found = await connection.run_sync(migrate.current_version)
    if found != migrate.WANTED:
        raise SchemaMismatch(
            f"The store's schema is at {found or 'nothing'}, this version works with {migrate.WANTED}: "
            "run `shadower migrate`."
        )


async def upgrade_schema(connection: AsyncConnection) -> None:
    """Bring the schema to the wanted version; at once when it is there already."""

    def upgrade(synchronous: Connection) -> None:
        if migrate.current_version(synchronous) != migrate.WANTED:
            migrate.upgrade(synchronous)

    await connection.run_sync(upgrade)
