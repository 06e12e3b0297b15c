"""Pages in SQLite: one hop to the connection's thread for all of them."""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.rollups.pages import PageBlobs, PageKey
from shadower.adapters.sql.page_store import PageStore
from shadower.adapters.sql.schema import PAGE_BLOBS, pages

_BLOBS: Final = ", ".join(PAGE_BLOBS)
_FETCH: Final = (
    f"SELECT {_BLOBS} FROM pages WHERE generation = ? AND workspace_id = ? AND family = ?"
    " AND level = ? AND key = ? AND start = ?"
)
_PUT: Final = f"INSERT OR REPLACE INTO pages VALUES ({', '.join('?' * len(pages.columns))})"


class SqlitePageStore(PageStore):
    """Statements of SQLite."""

    async def fetch(
        self, connection: AsyncConnection, generation: int, keys: Iterable[PageKey]
    ) -> Mapping[PageKey, PageBlobs]:
        """See the protocol."""
        wanted = list(keys)

        def fetch(raw: sqlite3.Connection) -> dict[PageKey, PageBlobs]:
            found: dict[PageKey, PageBlobs] = {}
            for page in wanted:
                place = (generation, page.workspace, page.family, page.level, page.key, page.start)
                row = raw.execute(_FETCH, place).fetchone()
                if row is not None:
                    found[page] = PageBlobs(*row)
            return found

        driver: Any = (await connection.get_raw_connection()).driver_connection
        result: dict[PageKey, PageBlobs] = await driver._execute(fetch, driver._conn)  # noqa: SLF001 - no public way
        return result

    async def put(self, connection: AsyncConnection, generation: int, pages: Mapping[PageKey, PageBlobs]) -> None:
        """See the protocol."""
        driver: Any = (await connection.get_raw_connection()).driver_connection
        rows = [
            (generation, page.workspace, page.family, page.level, page.key, page.start, *blobs)
            for page, blobs in sorted(pages.items())
        ]
        await driver.executemany(_PUT, rows)
