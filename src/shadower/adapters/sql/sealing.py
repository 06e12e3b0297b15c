"""
What removed events add up to, sealed: rollup pages of a generation of their own.

The pages in use hold the contribution of these events already and stay as they are; a recount and a rebuild begin with
the sealed pages. Importing this imports numpy.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.rollups.fold import Pages, fold
from shadower.adapters.rollups.merge import merge
from shadower.adapters.rollups.pages import PageBlobs, PageKey
from shadower.adapters.sql.database import Database
from shadower.adapters.sql.numbering import Numbering, Rows, columns_of, select_rows
from shadower.adapters.sql.page_store import SEALED, PageStore
from shadower.adapters.sql.schema import events
from shadower.adapters.sql.snapshot import ROLLUPS


def select_removable() -> Select[Any]:
    """Select what it takes to seal events and to delete them."""
    statement: Select[Any] = select_rows().add_columns(events.c.id, events.c.received_at)
    return statement


class Sealing:
    """Adds events that are about to be removed to the sealed pages."""

    def __init__(self, database: Database, page_store: PageStore) -> None:
        self._pages = page_store
        self._numbering = Numbering(database, ROLLUPS)

    async def __call__(self, connection: AsyncConnection, rows: Rows) -> Mapping[PageKey, PageBlobs]:
        """Return the sealed pages as they are with these rows, which the rollups have taken in."""
        book = await self._numbering.look_up(connection, rows)
        folded: Pages = await asyncio.to_thread(lambda: fold(columns_of(rows, book)))
        existing = await self._pages.fetch(connection, SEALED, folded.keys)
        return await asyncio.to_thread(merge, existing, folded)
