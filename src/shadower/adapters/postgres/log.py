"""The log in PostgreSQL: binary COPY, under a lock that puts commits in the order of positions."""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from tenacity import (
    retry,
    retry_if_exception_type,
    retry_if_not_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from shadower.adapters.postgres.database import PostgresDatabase
from shadower.adapters.sql.log import SqlEventLog
from shadower.adapters.sql.schema import events, identities, log_head
from shadower.adapters.sql.sorting import Identity, Sorted, event_row, sort_out
from shadower.adapters.sql.sorting import identities as identities_of
from shadower.application.ports.event_log import Batch
from shadower.domain.errors import StoreUnavailable
from shadower.domain.events.event import Outcome, Position

_EVENT_COLUMNS: Final = [column.name for column in events.columns]
_IDENTITY_COLUMNS: Final = [column.name for column in identities.columns]
_LOOKUP: Final = """
    SELECT sent.workspace_id, sent.id::text, stored.fingerprint
    FROM unnest($1::bigint[], $2::uuid[]) AS sent (workspace_id, id)
    JOIN identities AS stored USING (workspace_id, id)
"""


_CHANNEL: Final = "shadower_log"
"""On which every append tells that the log has grown."""


class Undecided(StoreUnavailable):
    """The commit was sent and its answer never came."""


class PostgresEventLog(SqlEventLog):
    """
    Appends by COPY.

    The row of `log_head` is locked before anything is written and until the commit. So positions become visible in
    their order, and no two appends ever wait for each other's identities.
    """

    def __init__(self, database: PostgresDatabase, *, quarantine_limit: int) -> None:
        """`quarantine_limit`: bytes kept per workspace."""
        super().__init__(database, quarantine_limit=quarantine_limit)
        self._listener = database.listener

    async def wait(self, after: Position, within: float) -> Position:
        """See the port."""
        self._listener.listen(_CHANNEL, self._growth.tell)
        return await super().wait(after, within)

    @retry(
        retry=retry_if_exception_type(StoreUnavailable) & retry_if_not_exception_type(Undecided),
        stop=stop_after_attempt(3),
        wait=wait_random_exponential(multiplier=0.05, max=0.5),
        reraise=True,
    )
    async def append(self, batches: Sequence[Batch]) -> Sequence[Sequence[Outcome]]:
        """
        Try the fast way first; when an identity is there already, look each up and store the rest.

        What failed before its commit was sent is tried again here, for instance after a connection broke. What failed
        at the commit is left to the sender: it may be stored, and then answers `duplicate`.
        """
        try:
            outcomes = await self._append(batches, look_up=False)
        except asyncpg.UniqueViolationError:
            outcomes = await self._append(batches, look_up=True)
        self._growth.tell()
        return outcomes

    async def _move_head(self, connection: AsyncConnection, to: int) -> None:
        # Told by the commit, not before. One statement: every append waits for each round trip of the one before it.
        await connection.execute(
            log_head.update().values(position=to).returning(func.pg_notify(_CHANNEL, "").label("told"))
        )

    async def _append(self, batches: Sequence[Batch], *, look_up: bool) -> list[list[Outcome]]:
        async with self._database.writing() as connection:
            statement = select(log_head.c.position).with_for_update()
            head = int(await connection.scalar(statement) or 0)
            raw = (await connection.get_raw_connection()).driver_connection
            known = await _known(raw, batches) if look_up else {}
            result = sort_out(batches, known)
            if result.new:
                await _store(raw, head, result)
            await self._finish(connection, head, batches, result)
            try:
                await connection.commit()
            except (DBAPIError, OSError) as error:
                raise Undecided("The database broke off while it was committing; send the same again.") from error
        return result.outcomes


async def _store(raw: Any, head: int, result: Sorted) -> None:
    identity_rows = [
        (batch.workspace, event.id, event.fingerprint, position, batch.received_at, event.client_id)
        for position, (batch, event) in enumerate(result.new, head + 1)
    ]
    # Sorted, neighbouring leaves of the index are visited once.
    identity_rows.sort()
    await raw.copy_records_to_table("identities", records=identity_rows, columns=_IDENTITY_COLUMNS)
    event_rows = [event_row(position, batch, event) for position, (batch, event) in enumerate(result.new, head + 1)]
    await raw.copy_records_to_table("events", records=event_rows, columns=_EVENT_COLUMNS)


async def _known(raw: Any, batches: Sequence[Batch]) -> dict[Identity, bytes]:
    sent = list(identities_of(batches))
    rows = await raw.fetch(_LOOKUP, [workspace for workspace, _ in sent], [event_id for _, event_id in sent])
    return {(row[0], row[1]): row[2] for row in rows}
