"""Removing events whose term has passed, with what they add up to sealed in the same transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.rollups.pages import PageBlobs, PageKey
from shadower.adapters.sql.database import Database
from shadower.adapters.sql.leases import bound_rest
from shadower.adapters.sql.page_store import SEALED, PageStore
from shadower.adapters.sql.projections import REBUILDING
from shadower.adapters.sql.schema import bus_groups, events, identities, projections, removed, retention_runs
from shadower.adapters.sql.snapshot import ROLLUPS
from shadower.adapters.sql.upsert import earlier, insert_into, later
from shadower.application.ports.clock import Clock
from shadower.application.ports.retention import EventRemoval, Reach, Step, group_named
from shadower.application.ports.snapshot import Place
from shadower.domain.errors import Conflict
from shadower.domain.events.moments import HOUR, MOST_AHEAD
from shadower.domain.retention.run import RunId

DEAD_AFTER: Final = HOUR
"""Micros after which a rebuild that did not move was left by a crash; it would hold every event back for ever."""
_ROWS_A_DELETE: Final = 500
_PLACE: Final = (events.c.occurred_at, events.c.position)


class EventsMissing(Conflict):
    """An event or its identity is not where it was read: the store is damaged, and nothing was removed."""

    code = "events_missing"


@dataclass(frozen=True, slots=True)
class _Draft:
    """What a step is about to do, prepared while others write."""

    reach: Reach
    ready: Sequence[Row[Any]]
    sealed: Mapping[PageKey, PageBlobs]
    known: int | None
    """How many events of the workspace had been removed until then; None when none ever."""


class SqlEventRemoval(EventRemoval):
    """
    Reads, folds and merges outside of the transaction that removes.

    Only who moves a workspace's count of removed events may write its sealed pages and delete its events, in the same
    transaction; when somebody else was first, everything is looked at anew.
    """

    def __init__(self, database: Database, page_store: PageStore, clock: Clock) -> None:
        self._database = database
        self._pages = page_store
        self._clock = clock

    async def count(self, reach: Reach, after: Place | None = None) -> Step:
        """See the port."""
        columns = select(events.c.received_at, *_PLACE)
        async with self._database.reading() as connection:
            rows = (await connection.execute(self._walk(columns, reach, after))).all()
        return Step(sum(row.received_at < reach.before for row in rows), _next(rows, reach))

    async def remove(self, run: RunId, reach: Reach, after: Place | None = None) -> Step:
        """See the port."""
        while True:
            step, draft = await self._draft(reach, after)
            if REBUILDING in step.waited_for and await self._give_up_dead_rebuild():
                continue
            if draft is None or await self._carry_out(run, draft):
                return step

    async def drop_partitions(self, before: int) -> Sequence[str] | None:  # noqa: ARG002 - there are none
        """See the port."""
        return None

    def _arrived(self, before: int) -> Sequence[ColumnElement[bool]]:  # noqa: ARG002 - by default nothing helps
        """Return what spares the database from looking at events that arrived later."""
        return ()

    def _walk(self, columns: Select[Any], reach: Reach, after: Place | None) -> Select[Any]:
        statement = columns.where(
            events.c.workspace_id == reach.workspace,
            events.c.occurred_at < reach.before + MOST_AHEAD,
            *self._arrived(reach.before),
        )
        if after is not None:
            statement = statement.where(tuple_(*_PLACE) > tuple_(after.moment, after.position))
        return statement.order_by(*_PLACE).limit(reach.limit)

    async def _draft(self, reach: Reach, after: Place | None) -> tuple[Step, _Draft | None]:
        # Imported here: numpy takes a tenth of a second and 25 MB, which a process that removes nothing need not pay.
        from shadower.adapters.sql.sealing import Sealing, select_removable  # noqa: PLC0415 - see above

        async with self._database.reading() as connection:
            rows = (await connection.execute(self._walk(select_removable(), reach, after))).all()
            due = [row for row in rows if row.received_at < reach.before]
            cursors = [*(await connection.execute(_cursors(reach))).all(), *await _groups(connection, reach)]
            lowest = min(cursor for _, cursor in cursors)
            ready = [row for row in due if row.position <= lowest]
            newest = max((row.position for row in due), default=0)
            behind = frozenset(name for name, cursor in cursors if cursor < newest)
            step = Step(len(ready), _next(rows, reach), len(due) - len(ready), behind)
            if not ready:
                return step, None
            known = await connection.scalar(select(removed.c.events).where(removed.c.workspace_id == reach.workspace))
            sealed = await Sealing(self._database, self._pages)(connection, ready)
        return step, _Draft(reach, ready, sealed, known)

    async def _carry_out(self, run: RunId, draft: _Draft) -> bool:
        """Return whether it was done: not when somebody was first, or a projection went back behind these events."""
        async with self._database.writing() as connection:
            await bound_rest(connection)
            # Locked against a rebuild that begins or ends, in the order in which it locks. Who moves on need not wait.
            locked = _cursors(draft.reach).with_for_update(read=True, key_share=True)
            lowest = min(cursor for _, cursor in (await connection.execute(locked)).all())
            if lowest < max(row.position for row in draft.ready) or not await _claim(connection, draft):
                return False
            await self._pages.put(connection, SEALED, draft.sealed)
            await _delete(connection, draft)
            counted = {"removed": retention_runs.c.removed + len(draft.ready), "touched_at": self._clock.now()}
            await connection.execute(update(retention_runs).where(retention_runs.c.id == run).values(counted))
            await connection.commit()
        return True

    async def _give_up_dead_rebuild(self) -> bool:
        """Return whether there was one. If it lives after all, it finds that it has been overtaken."""
        heard_of = func.coalesce(projections.c.moved_at, 0)
        dead = (projections.c.name == REBUILDING, heard_of < self._clock.now() - DEAD_AFTER)
        async with self._database.writing() as connection:
            given_up = await connection.execute(delete(projections).where(*dead))
            await connection.commit()
        return bool(given_up.rowcount)


def _cursors(reach: Reach) -> Select[Any]:
    """Select those who go through the log, and how far they are: what they have not seen must stay."""
    names = sorted({*reach.readers, ROLLUPS, REBUILDING})
    statement = select(projections.c.name, projections.c.cursor).where(projections.c.name.in_(names))
    return statement.order_by(projections.c.name)


async def _groups(connection: AsyncConnection, reach: Reach) -> Sequence[tuple[str, int]]:
    """Return how far groups are. Unlike cursors they never go back, so nobody need look again."""
    if not reach.groups:
        return ()
    statement = select(bus_groups.c.name, bus_groups.c.acknowledged).where(bus_groups.c.name.in_(reach.groups))
    return [(group_named(row.name), row.acknowledged) for row in (await connection.execute(statement)).all()]


async def _claim(connection: AsyncConnection, draft: _Draft) -> bool:
    """Move the count of removed events, unless somebody else has."""
    moments = [row.occurred_at for row in draft.ready]
    first, last = min(moments), max(moments)
    count = (draft.known or 0) + len(draft.ready)
    if draft.known is None:
        values = {"events": count, "received_before": draft.reach.before, "first_at": first, "last_at": last}
        insert = insert_into(connection, removed).values(workspace_id=draft.reach.workspace, **values)
        return bool((await connection.execute(insert.on_conflict_do_nothing())).rowcount)
    moved = update(removed).where(removed.c.workspace_id == draft.reach.workspace, removed.c.events == draft.known)
    moved = moved.values(
        events=count,
        received_before=later(removed.c.received_before, draft.reach.before),
        first_at=earlier(removed.c.first_at, first),
        last_at=later(removed.c.last_at, last),
    )
    return bool((await connection.execute(moved)).rowcount)


async def _delete(connection: AsyncConnection, draft: _Draft) -> None:
    """Delete the events and their identities. Raises EventsMissing."""
    arrivals = [row.received_at for row in draft.ready]
    # In PostgreSQL this leads to the few partitions they are in.
    arrived = events.c.received_at.between(min(arrivals), max(arrivals))
    mine = identities.c.workspace_id == draft.reach.workspace
    found_events = found_identities = 0
    for start in range(0, len(draft.ready), _ROWS_A_DELETE):
        rows = draft.ready[start : start + _ROWS_A_DELETE]
        by_position = delete(events).where(arrived, events.c.position.in_([row.position for row in rows]))
        by_id = delete(identities).where(mine, identities.c.id.in_([row.id for row in rows]))
        found_events += (await connection.execute(by_position)).rowcount
        found_identities += (await connection.execute(by_id)).rowcount
    if not found_events == found_identities == len(draft.ready):
        raise EventsMissing(
            f"Of {len(draft.ready)} events to remove, {found_events} and the identities of {found_identities} are "
            "there. Nothing was removed; `shadower verify` tells more."
        )


def _next(rows: Sequence[Row[Any]], reach: Reach) -> Place | None:
    return Place(rows[-1].occurred_at, rows[-1].position) if len(rows) == reach.limit else None
