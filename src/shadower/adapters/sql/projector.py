"""One step of the rollups projection: some events further, pages and cursor in one transaction."""

import asyncio

from sqlalchemy import select, true, update

from shadower.adapters.rollups.fold import Pages, fold
from shadower.adapters.rollups.merge import merge
from shadower.adapters.sql.database import Database
from shadower.adapters.sql.head import head_of_log
from shadower.adapters.sql.leases import bound_rest, under
from shadower.adapters.sql.numbering import NamesMissing, Numbering, columns_of, select_rows
from shadower.adapters.sql.page_store import PageStore
from shadower.adapters.sql.schema import events, projections
from shadower.adapters.sql.spans import drop_changed
from shadower.application.ports.clock import Clock
from shadower.domain.projections.lease import Lease


class Projector:
    """
    Moves cursors over the log.

    Only who moves a projection's cursor may write its generation's pages, in the same transaction. So pages are read
    and added up outside of it, and thrown away when somebody else has moved the cursor meanwhile.
    """

    def __init__(self, database: Database, page_store: PageStore, clock: Clock, names_lock: str) -> None:
        self._database = database
        self._pages = page_store
        self._clock = clock
        self._numbering = Numbering(database, names_lock)

    async def step(self, name: str, limit: int, lease: Lease | None = None) -> int:
        """
        Take in up to `limit` events for the projection of this name; return how many, 0 when another was first.

        Under a lease, 0 too when somebody else has the projection by now, or nobody may go on with it.
        """
        while True:
            try:
                return await self._step(name, limit, lease)
            except NamesMissing as found:
                await self._numbering.give(found.missing)
                # The same rows again and none that came since: these may bring more names without numbers, for ever.
                limit = found.rows

    async def _step(self, name: str, limit: int, lease: Lease | None) -> int:
        async with self._database.reading() as connection:
            state = (await connection.execute(select(projections).where(projections.c.name == name))).one_or_none()
            if state is None:
                return 0
            statement = select_rows().where(events.c.position > state.cursor).order_by(events.c.position).limit(limit)
            rows = (await connection.execute(statement)).all()
            head = await head_of_log(connection)
            # Past the last event there may be positions whose events have been removed.
            reached = rows[-1].position if len(rows) == limit else head
            if reached == state.cursor:
                return 0
            book = await self._numbering.look_up(connection, rows)
            # Folding takes a while and holds no lock: the event loop goes on serving.
            folded: Pages = await asyncio.to_thread(lambda: fold(columns_of(rows, book)))
            existing = await self._pages.fetch(connection, state.generation, folded.keys)
        merged = await asyncio.to_thread(merge, existing, folded)
        async with self._database.writing() as connection:
            if lease is not None:
                await bound_rest(connection)
            moved = await connection.execute(
                update(projections)
                .where(
                    projections.c.name == name,
                    projections.c.generation == state.generation,
                    projections.c.cursor == state.cursor,
                    true() if lease is None else under(lease),
                )
                .values(cursor=reached, moved_at=self._clock.now(), failures=0)
            )
            if not moved.rowcount:
                return 0
            await self._pages.put(connection, state.generation, merged)
            await drop_changed(connection, state.generation, merged)
            await connection.commit()
        return len(rows)
