"""Leases in SQL, by the database's own clock."""

from sqlalchemy import ColumnElement, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.schema import projections
from shadower.domain.projections.lease import LEASE_SECONDS, Lease

_CLOCKS = {
    # Not now(), which stands still for as long as a transaction lasts.
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)",
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)",
}


def store_time(connection: AsyncConnection) -> ColumnElement[int]:
    """Return the database's idea of now, in micros, as an expression."""
    return literal_column(_CLOCKS[connection.dialect.name])


def under(lease: Lease) -> ColumnElement[bool]:
    """Return the condition that a row of `projections` is this lease's, and the lease the newest."""
    return (projections.c.name == lease.projection) & (projections.c.token == lease.token)


async def is_newest(connection: AsyncConnection, lease: Lease) -> bool:
    """Whether nobody else has acquired the projection since, nor taken it away."""
    return await connection.scalar(select(projections.c.token).where(under(lease))) is not None


async def bound_rest(connection: AsyncConnection) -> None:
    """
    Let the database end this transaction once it has rested for as long as a lease lasts.

    A process that is frozen, or whose machine is, would otherwise keep the lease locked, and nobody could take over.
    In SQLite there is one writer, and nothing to be done about it.
    """
    if connection.dialect.name == "postgresql":
        setting = text("SELECT set_config('idle_in_transaction_session_timeout', :milliseconds, true)")
        await connection.execute(setting, {"milliseconds": str(round(LEASE_SECONDS * 1000))})
