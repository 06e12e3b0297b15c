"""Removing events in PostgreSQL: what a partition holds is read alone, and an emptied one goes."""

import asyncio
from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement

from shadower.adapters.postgres.partitions import PartitionInUse, drop_if_empty, ended_before
from shadower.adapters.sql.removal import SqlEventRemoval
from shadower.adapters.sql.schema import events

_ATTEMPTS: Final = 5
_PAUSE: Final = 1.0
"""Seconds between attempts to lock a partition."""


class PostgresEventRemoval(SqlEventRemoval):
    """
    Deletes rows, a bounded number in a transaction, and drops a partition once nothing is left in it.

    Dropping a full one would be one transaction for a week of events: it would seal them all, and everybody who sends
    one of them again would wait for its end, holding the lock of the log.
    """

    async def drop_partitions(self, before: int) -> Sequence[str] | None:
        """See the port."""
        async with self._database.reading() as connection:
            names = await ended_before(connection, before)
        return [name for name in names if await self._drop(name)]

    def _arrived(self, before: int) -> Sequence[ColumnElement[bool]]:
        return (events.c.received_at < before,)

    async def _drop(self, name: str) -> bool:
        for attempt in range(_ATTEMPTS):
            if attempt:
                await asyncio.sleep(_PAUSE)
            async with self._database.writing() as connection:
                try:
                    dropped = await drop_if_empty(connection, name)
                except PartitionInUse:
                    continue
                await connection.commit()
                return dropped
        return False
