"""The rollups in SQL: pages in generations, of which one is in use and another may be in the making."""

from collections.abc import AsyncIterator
from typing import Final

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.database import Database
from shadower.adapters.sql.head import head_of_log
from shadower.adapters.sql.page_store import SEALED, PageStore
from shadower.adapters.sql.projections import REBUILDING
from shadower.adapters.sql.schema import pages, projections, span_views, spans
from shadower.adapters.sql.seeding import seed
from shadower.adapters.sql.snapshot import ROLLUPS
from shadower.application.ports.clock import Clock
from shadower.application.ports.progress import Progress
from shadower.application.ports.store import Rollups
from shadower.domain.errors import Conflict
from shadower.domain.projections.lease import Lease

_STEP: Final = 50_000
_KEYS_A_DELETE: Final = 200
_OVERTAKEN: Final = "Another rebuild has begun meanwhile, or this one stood still for too long; nothing has changed."


class RebuildOvertaken(Conflict):
    """Another rebuild began after this one and goes on in its place, or this one stood still and was given up."""

    code = "rebuild_overtaken"


class SqlRollups(Rollups):
    """Advances, rebuilds and verifies; what needs numpy is imported when first needed."""

    def __init__(self, database: Database, page_store: PageStore, clock: Clock) -> None:
        self._database = database
        self._pages = page_store
        self._clock = clock
        self._step = self._first_step

    async def advance(self, limit: int, lease: Lease | None = None) -> int:
        """See the port."""
        async with self._database.reading() as connection:
            if await _cursor(connection, ROLLUPS) >= await head_of_log(connection):
                return 0
        return await self._step(ROLLUPS, limit, lease)

    async def consolidate(self, limit: int) -> int:
        """See the port."""
        from shadower.adapters.sql.consolidation import Consolidation  # noqa: PLC0415 - numpy costs 0.1 s and 25 MB

        return await Consolidation(self._database, self._clock, ROLLUPS).step(limit)

    async def rebuild(self) -> AsyncIterator[Progress]:
        """See the port."""
        generation = await self._begin()
        await seed(self._database, generation, self._clock)
        taken = _STEP
        while taken == _STEP:
            taken = await self._step(REBUILDING, _STEP)
            async with self._database.reading() as connection:
                if await _generation(connection, REBUILDING) != generation:
                    raise RebuildOvertaken(_OVERTAKEN)
                yield Progress(await _cursor(connection, REBUILDING), await head_of_log(connection))
        await self._switch(generation)
        await self._sweep(generation)

    async def verify(self) -> AsyncIterator[Progress]:
        """See the port."""
        from shadower.adapters.sql.recount import recount  # noqa: PLC0415 - as above

        async for progress in recount(self._database, ROLLUPS):
            yield progress

    async def _first_step(self, name: str, limit: int, lease: Lease | None = None) -> int:
        from shadower.adapters.sql.projector import Projector  # noqa: PLC0415 - as above

        self._step = Projector(self._database, self._pages, self._clock, ROLLUPS).step
        return await self._step(name, limit, lease)

    async def _begin(self) -> int:
        """Start a new generation; one that a crash left unfinished is abandoned."""
        async with self._database.writing() as connection:
            await connection.execute(select(projections).where(projections.c.name == ROLLUPS).with_for_update())
            used = await connection.scalar(select(func.max(projections.c.generation))) or 0
            left = await connection.scalar(select(func.max(pages.c.generation))) or 0
            generation = max(used, left) + 1
            await connection.execute(delete(projections).where(projections.c.name == REBUILDING))
            await connection.execute(projections.insert().values(name=REBUILDING, generation=generation, cursor=0))
            await connection.commit()
        return generation

    async def _switch(self, generation: int) -> None:
        """
        Put the new generation in use.

        Its cursor may be behind the old one's: then there is more of a tail for a moment, and the same answers.
        """
        async with self._database.writing() as connection:
            await connection.execute(select(projections).where(projections.c.name == ROLLUPS).with_for_update())
            cursor = await connection.scalar(
                delete(projections)
                .where(and_(projections.c.name == REBUILDING, projections.c.generation == generation))
                .returning(projections.c.cursor)
            )
            if cursor is None:
                raise RebuildOvertaken(_OVERTAKEN)
            await connection.execute(
                update(projections)
                .where(projections.c.name == ROLLUPS)
                .values(generation=generation, cursor=cursor, moved_at=self._clock.now())
            )
            await connection.commit()

    async def _sweep(self, generation: int) -> None:
        """Delete older generations, some keys at a time, so that nobody waits long for the writer."""
        async with self._database.writing() as connection:
            for table in (spans, span_views):
                await connection.execute(delete(table).where(table.c.generation < generation))
            await connection.commit()
        old = and_(pages.c.generation > SEALED, pages.c.generation < generation)
        place = (pages.c.generation, pages.c.workspace_id, pages.c.family, pages.c.level)
        while True:
            async with self._database.writing() as connection:
                first = (await connection.execute(select(*place).where(old).order_by(*place).limit(1))).one_or_none()
                if first is None:
                    return
                here = and_(*(column == value for column, value in zip(place, first, strict=True)))
                keys = select(pages.c.key).where(here).distinct().order_by(pages.c.key).limit(_KEYS_A_DELETE)
                await connection.execute(delete(pages).where(here, pages.c.key.in_(keys)))
                await connection.commit()


async def _cursor(connection: AsyncConnection, name: str) -> int:
    return int(await connection.scalar(select(projections.c.cursor).where(projections.c.name == name)) or 0)


async def _generation(connection: AsyncConnection, name: str) -> int | None:
    found: int | None = await connection.scalar(select(projections.c.generation).where(projections.c.name == name))
    return found
