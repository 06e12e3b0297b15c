"""Partitions of the log, a week of arrivals each: made before they are needed, dropped when nothing is left in them."""

from collections.abc import Sequence
from typing import Final

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.domain.events.moments import DAY, datetime_of

WEEK: Final = 7 * DAY
_MONDAY: Final = 4 * DAY
"""1970-01-01 was a Thursday: weeks begin on the Monday after."""
WEEKS_AHEAD: Final = 4

_LOCK: Final = 7_216_093_351
"""Any number: the key of the advisory lock under which partitions are made and dropped."""

_LOCK_PATIENCE: Final = "300ms"
"""How long to wait for a partition; meanwhile everybody who wants the log waits as well."""

# What `pg_get_expr` writes is FOR VALUES FROM ('1767571200000000') TO ('1768176000000000'), or DEFAULT.
_ENDED: Final = r"""
    SELECT partition.relname
    FROM pg_inherits JOIN pg_class AS partition ON partition.oid = inhrelid
    WHERE inhparent = 'events'::regclass
      AND substring(pg_get_expr(partition.relpartbound, partition.oid) FROM $$TO \('(-?\d+)'\)$$)::bigint <= :before
    ORDER BY partition.relname
"""


class PartitionInUse(Exception):
    """Somebody reads or writes the log for longer than the rest should wait."""


async def make_ahead(connection: AsyncConnection, now: int) -> None:
    """
    Make the partitions from this week to four weeks ahead, unless they are there.

    Rows that arrived while a partition was missing are in the default one; they are moved on the occasion.
    """
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    start = now - (now - _MONDAY) % WEEK
    for first in range(start, start + (WEEKS_AHEAD + 1) * WEEK, WEEK):
        name = f"events_{datetime_of(first):%Y%m%d}"
        if await connection.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is None:
            await _make(connection, name, first)


async def _make(connection: AsyncConnection, name: str, first: int) -> None:
    last = first + WEEK
    await connection.execute(text(f"CREATE TABLE {name} (LIKE events INCLUDING DEFAULTS)"))
    # PostgreSQL refuses a partition while the default one holds rows of its range.
    await connection.execute(
        text(
            f"WITH moved AS (DELETE FROM events_default WHERE received_at >= {first} AND received_at < {last}"
            f" RETURNING *) INSERT INTO {name} SELECT * FROM moved"
        )
    )
    await connection.execute(text(f"ALTER TABLE events ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO ({last})"))


async def ended_before(connection: AsyncConnection, before: int) -> Sequence[str]:
    """Return the partitions for arrivals that all lie before (micros), oldest first."""
    return (await connection.scalars(text(_ENDED), {"before": before})).all()


async def drop_if_empty(connection: AsyncConnection, name: str) -> bool:
    """Drop the partition and return True; False when it holds something. Raises PartitionInUse."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    if await connection.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is None:
        return False  # somebody else has just dropped it
    empty = text(f"SELECT NOT EXISTS (SELECT FROM {name})")
    if not await connection.scalar(empty):
        return False
    await connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_PATIENCE}'"))
    try:
        await connection.execute(text("LOCK TABLE ONLY events IN ACCESS EXCLUSIVE MODE"))
        await connection.execute(text(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE"))
    except DBAPIError as error:
        if error.orig is not None and isinstance(error.orig.__cause__, asyncpg.LockNotAvailableError):
            raise PartitionInUse from error
        raise
    # Looked at again, now that nobody can add to it: some process may think it is last month.
    if not await connection.scalar(empty):
        return False
    await connection.execute(text(f"DROP TABLE {name}"))
    return True
