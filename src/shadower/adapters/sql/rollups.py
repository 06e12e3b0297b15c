"""The rollups projection in SQL."""

from collections.abc import AsyncIterator

from shadower.adapters.sql.database import Database
from shadower.application.ports.clock import Clock
from shadower.application.ports.store import Progress, Rollups


class SqlRollups(Rollups):
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def advance(self, limit: int) -> int:
        return 0

    async def rebuild(self) -> AsyncIterator[Progress]:
        yield Progress(0, 0)

    async def verify(self) -> AsyncIterator[Progress]:
        yield Progress(0, 0)
