"""The log in SQLite: one writer, one transaction for each append."""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from shadower.adapters.sql.head import head_of_log
from shadower.adapters.sql.log import SqlEventLog
from shadower.adapters.sql.schema import events, identities
from shadower.adapters.sql.sorting import Identity, Sorted, event_row, sort_out
from shadower.adapters.sql.sorting import identities as identities_of
from shadower.application.ports.event_log import Batch
from shadower.domain.events.event import Outcome

_EVENT_ID_AT: Final = 3
_INSERT_EVENT = f"INSERT INTO events VALUES ({', '.join('?' * len(events.columns))})"
_INSERT_IDENTITY = f"INSERT INTO identities VALUES ({', '.join('?' * len(identities.columns))})"
_LOOKUP = "SELECT id, fingerprint FROM identities WHERE workspace_id = ? AND id = ?"


class SqliteEventLog(SqlEventLog):
    """Appends through the one writing connection; the file's lock orders writers of other processes."""

    async def append(self, batches: Sequence[Batch]) -> Sequence[Sequence[Outcome]]:
        """See the port."""
        async with self._database.writing() as connection:
            result = sort_out(batches, {})
            raw = (await connection.get_raw_connection()).driver_connection
            head = await head_of_log(connection)
            await connection.exec_driver_sql("SAVEPOINT events")
            try:
                await self._store(raw, head, result)
            except sqlite3.IntegrityError:
                # Some identity is there already: look each up, and store the rest.
                await connection.exec_driver_sql("ROLLBACK TO events")
                result = sort_out(batches, await self._known(raw, batches))
                await self._store(raw, head, result)
            await self._finish(connection, head, batches, result)
            await connection.commit()
        self._growth.tell()
        return result.outcomes

    @staticmethod
    async def _store(raw: Any, head: int, result: Sorted) -> None:
        if not result.new:
            return
        event_rows = []
        identity_rows = []
        for position, (batch, event) in enumerate(result.new, head + 1):
            row = list(event_row(position, batch, event))
            event_id = row[_EVENT_ID_AT] = bytes.fromhex(event.id.replace("-", ""))
            event_rows.append(row)
            identity_rows.append(
                (batch.workspace, event_id, event.fingerprint, position, batch.received_at, event.client_id)
            )
        # Sorted, neighbouring leaves of the index are visited once.
        identity_rows.sort()
        await raw.executemany(_INSERT_IDENTITY, identity_rows)
        await raw.executemany(_INSERT_EVENT, event_rows)

    @staticmethod
    async def _known(raw: Any, batches: Sequence[Batch]) -> dict[Identity, bytes]:
        def look_up(connection: sqlite3.Connection) -> dict[Identity, bytes]:
            found: dict[Identity, bytes] = {}
            for workspace, event_id in identities_of(batches):
                row = connection.execute(_LOOKUP, (workspace, bytes.fromhex(event_id.replace("-", "")))).fetchone()
                if row is not None:
                    found[workspace, event_id] = row[1]
            return found

        # One hop to the connection's thread for all of them.
        found: dict[Identity, bytes] = await raw._execute(look_up, raw._conn)  # noqa: SLF001 - no public way
        return found
