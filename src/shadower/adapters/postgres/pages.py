"""Pages in PostgreSQL: arrays there and back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.rollups.pages import PageBlobs, PageKey
from shadower.adapters.sql.page_store import PageStore
from shadower.adapters.sql.schema import PAGE_BLOBS

_PLACE: Final = "workspace_id, family, level, key, start"
_BLOBS: Final = ", ".join(PAGE_BLOBS)
_UNNESTED: Final = "unnest($2::bigint[], $3::smallint[], $4::smallint[], $5::bigint[], $6::bigint[]"
_FETCH: Final = (
    f"SELECT {_PLACE}, {_BLOBS} FROM {_UNNESTED}) AS wanted ({_PLACE})"
    f" JOIN pages USING ({_PLACE}) WHERE generation = $1"
)
_PUT: Final = (
    f"INSERT INTO pages (generation, {_PLACE}, {_BLOBS})"
    f" SELECT $1, * FROM {_UNNESTED}, {', '.join(f'${7 + place}::bytea[]' for place in range(len(PAGE_BLOBS)))})"
    f" ON CONFLICT (generation, {_PLACE}) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in PAGE_BLOBS)
)
_CHUNK: Final = 2000


class PostgresPageStore(PageStore):
    """Statements of PostgreSQL."""

    async def fetch(
        self, connection: AsyncConnection, generation: int, keys: Iterable[PageKey]
    ) -> Mapping[PageKey, PageBlobs]:
        """See the protocol."""
        driver: Any = (await connection.get_raw_connection()).driver_connection
        found: dict[PageKey, PageBlobs] = {}
        for chunk in _chunks(sorted(keys)):
            for row in await driver.fetch(_FETCH, generation, *_places(chunk)):
                workspace, family, level, key, start = row[:5]
                found[PageKey(workspace, family, key, level, start)] = PageBlobs(*row[5:])
        return found

    async def put(self, connection: AsyncConnection, generation: int, pages: Mapping[PageKey, PageBlobs]) -> None:
        """See the protocol."""
        driver: Any = (await connection.get_raw_connection()).driver_connection
        for chunk in _chunks(sorted(pages)):
            blobs = zip(*(pages[page] for page in chunk), strict=True)
            await driver.execute(_PUT, generation, *_places(chunk), *(list(column) for column in blobs))


def _places(chunk: Sequence[PageKey]) -> list[list[int]]:
    return [
        [page.workspace for page in chunk],
        [page.family for page in chunk],
        [page.level for page in chunk],
        [page.key for page in chunk],
        [page.start for page in chunk],
    ]


def _chunks(keys: Sequence[PageKey]) -> list[Sequence[PageKey]]:
    return [keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK)]
