"""Reading and writing whole pages, thousands at a time: what each dialect does in its own way."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.rollups.pages import PageBlobs, PageKey

SEALED: Final = 0
"""The generation of the pages of removed events. Those in use hold what they hold too, and are numbered 1, 2, 3…"""


class PageStore(Protocol):
    """Pages by their keys."""

    @abstractmethod
    async def fetch(
        self, connection: AsyncConnection, generation: int, keys: Iterable[PageKey]
    ) -> Mapping[PageKey, PageBlobs]:
        """Return those of the pages that are there."""

    @abstractmethod
    async def put(self, connection: AsyncConnection, generation: int, pages: Mapping[PageKey, PageBlobs]) -> None:
        """Write the pages, new or again."""
