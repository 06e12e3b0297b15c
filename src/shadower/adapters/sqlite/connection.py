"""One connection of the driver to a database file: how it is opened, and how it ends."""

import asyncio
import sqlite3
from functools import partial
from typing import Any, Final

import aiosqlite
from tenacity import retry, retry_if_exception_message, stop_after_delay, wait_random

BUSY_SECONDS: Final = 15.0
"""How long to wait for a writer in another process, such as a command of `shadower`."""
_ROWS_AT_A_TIME: Final = 64


async def connect(*args: Any, **options: Any) -> aiosqlite.Connection:
    """
    Connect as `sqlite3.connect` does, to a file that keeps a write-ahead log.

    When that fails, no thread is left behind: it would report to a closed loop.
    """
    connection = _Connection(partial(sqlite3.connect, *args, **options), _ROWS_AT_A_TIME)
    thread = connection._thread  # noqa: SLF001 - no public way to it
    thread.daemon = True
    try:
        await connection
        await _keep_a_log(connection)
    except BaseException:
        await connection.close()
        await asyncio.to_thread(thread.join)
        raise
    return connection


class _Connection(aiosqlite.Connection):
    """
    Ends once, however often it is told to, and leaves no lock behind.

    SQLAlchemy, when cancelled while it closes a connection, stops it as well: the driver's thread answers only the
    first of the two, so whoever asked for the other would wait for ever. And SQLite keeps a connection open, with its
    locks, while somebody holds the cursor of a statement that was not read to its end, as after a cancellation.
    """

    _stopped: asyncio.Future[Any] | None = None

    def stop(self) -> asyncio.Future[Any] | None:
        if self._running:
            self._tx.put_nowait((None, self._roll_back))
            self._stopped = super().stop()
        return self._stopped

    async def close(self) -> None:
        stopped = self.stop()
        if stopped is not None:
            await stopped

    def _roll_back(self) -> None:
        if self._connection is not None:
            self._connection.rollback()


@retry(
    retry=retry_if_exception_message(match="database is locked"),
    stop=stop_after_delay(BUSY_SECONDS),
    wait=wait_random(0.01, 0.1),
    reraise=True,
)
async def _keep_a_log(connection: aiosqlite.Connection) -> None:
    """Several who open a new file at once get in each other's way, and SQLite does not let them wait here."""
    async with connection.execute("PRAGMA journal_mode = WAL"):
        pass
