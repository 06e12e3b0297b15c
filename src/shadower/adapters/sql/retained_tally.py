"""Tallies of a workspace some of whose events are gone: as if they were there, or saying that some may be missing."""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql import names
from shadower.adapters.sql.matching import storable
from shadower.adapters.sql.names import KIND_OF
from shadower.adapters.sql.page_tally import PageTally, add, page_family
from shadower.domain.events.event import WorkspaceId
from shadower.domain.metrics.gaps import Shortfall, doubt, widened
from shadower.domain.metrics.pages import family_of, plan
from shadower.domain.metrics.question import Aggregation, Dimension, Tallies
from shadower.domain.retention.removed import Removed


class RetainedTally:
    """Answers for one workspace on one connection's snapshot; the pages in use count removed events already."""

    def __init__(
        self,
        connection: AsyncConnection,
        workspace: WorkspaceId,
        pages: PageTally,
        sealed: PageTally,
        removed: Removed,
    ) -> None:
        """`sealed` reads the pages of removed events, and of no others."""
        self.removed = removed
        self._connection = connection
        self._workspace = workspace
        self._pages = pages
        self._sealed = sealed

    async def __call__(self, asked: Aggregation, kept: tuple[int, int] | None) -> tuple[Tallies, Shortfall | None]:
        """Return the tallies, and why they may be too small. `kept` is the extent of the events that are there."""
        asked = replace(asked, cuts=widened(asked.cuts, self.removed.extent(kept)))
        tallies = await self._pages(asked)
        family = family_of(asked)
        if family is not None and page_family(asked) is None:
            # Read from the events because that is quicker; but pages know of those that are gone.
            add(tallies, await self._sealed.from_pages(asked, plan(family, asked.cuts)))
        missing = await self._is_missing_some(asked)
        return tallies, Shortfall(self.removed.received_before) if missing else None

    async def _is_missing_some(self, asked: Aggregation) -> bool:
        found = doubt(asked, self.removed.first, self.removed.last)
        if found is None:
            return False
        ids: dict[Dimension, Collection[object]] = {}
        for dimension, values in found.besides.items():
            named = storable(value for value in values if value is not None)
            ids[dimension] = (await names.find(self._connection, self._workspace, KIND_OF[dimension], named)).values()
        return found.is_justified(await self._sealed.from_pages(found.question, found.plan), ids)
