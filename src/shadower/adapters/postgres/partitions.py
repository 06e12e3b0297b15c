"""Partitions of the log, a week of arrivals each, made before they are needed."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.domain.events.moments import DAY, datetime_of

WEEK: Final = 7 * DAY
_MONDAY: Final = 4 * DAY
"""1970-01-01 was a Thursday: weeks begin on the Monday after."""
WEEKS_AHEAD: Final = 4

_LOCK: Final = 7_216_093_351
"""Any number: the key of the advisory lock under which partitions are made."""


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
