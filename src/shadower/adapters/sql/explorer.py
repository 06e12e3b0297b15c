"""Lists of events and sessions, by keyset: each page costs what it holds, however far from the first it is."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, and_, case, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.matching import among, by_position, passing
from shadower.adapters.sql.rows import recorded, select_events
from shadower.adapters.sql.schema import events, identities
from shadower.application.ports.snapshot import (
    Criteria,
    EventNotFound,
    Order,
    Place,
    Session,
    SessionNotFound,
)
from shadower.domain.events.event import EXECUTION_TYPES, Position, RecordedEvent, WorkspaceId
from shadower.domain.events.filters import Filters
from shadower.domain.events.identity import as_uuid

NAMES_SHOWN: Final = 10
"""How many users and agents of a session are listed."""


class SqlExplorer:
    """Reads events and sessions of one workspace on one connection's snapshot."""

    def __init__(self, connection: AsyncConnection, workspace: WorkspaceId) -> None:
        self._connection = connection
        self._workspace = workspace

    async def event(self, event_id: str) -> RecordedEvent:
        """See the port."""
        places = await self._places([event_id])
        if not places:
            raise EventNotFound("There is no event with this id in this workspace.")
        position, received_at = places[0]
        # `received_at` leads PostgreSQL to the one partition that can hold it.
        statement = select_events().where(events.c.position == position, events.c.received_at == received_at)
        return recorded((await self._connection.execute(statement)).one())

    async def events(
        self, criteria: Criteria, order: Order, limit: int, after: Place | None
    ) -> Sequence[RecordedEvent]:
        """See the port."""
        place = (events.c.occurred_at, events.c.position)
        statement = select_events().where(*await self._matching(criteria, events), *_between(criteria))
        statement = statement.where(*_beyond(place, order, after)).order_by(*_ordered(place, order)).limit(limit)
        return [recorded(row) for row in (await self._connection.execute(statement)).all()]

    async def arrivals(self, after: Position, until: Position, limit: int, filters: Filters) -> Sequence[RecordedEvent]:
        """See the port."""
        mine = by_position(self._workspace)
        within = (events.c.position > after, events.c.position <= until)
        statement = select_events().where(mine, *within, *passing(filters)).order_by(events.c.position).limit(limit)
        return [recorded(row) for row in (await self._connection.execute(statement)).all()]

    async def extent(self) -> tuple[int, int] | None:
        """See the port."""
        mine = events.c.workspace_id == self._workspace
        # Two questions: each is one step into the index, together they would be a scan.
        first = await self._connection.scalar(select(func.min(events.c.occurred_at)).where(mine))
        last = await self._connection.scalar(select(func.max(events.c.occurred_at)).where(mine))
        return None if first is None or last is None else (first, last)

    async def sessions(self, criteria: Criteria, order: Order, limit: int, after: Place | None) -> Sequence[Session]:
        """
        Walk the events in order and keep each that is the last (or first) of its session.

        So the list needs no table of sessions, and an event that comes in late moves its session at once.
        """
        place = (events.c.occurred_at, events.c.position)
        statement = (
            select(events.c.session_id, events.c.position)
            .where(events.c.workspace_id == self._workspace, events.c.session_id.is_not(None))
            .where(*_between(criteria), *_beyond(place, order, after))
            .where(~self._further(order))
        )
        if criteria.filters or criteria.ids:
            statement = statement.where(await self._with_event(criteria))
        rows = (await self._connection.execute(statement.order_by(*_ordered(place, order)).limit(limit))).all()
        described = await self._describe([row[0] for row in rows])
        return [_session(described[row[0]], row[0], row[1]) for row in rows]

    async def session(self, session_id: str) -> Session:
        """See the port."""
        described = {} if "\0" in session_id else await self._describe([session_id])
        if session_id not in described:
            raise SessionNotFound("There is no event of this session in this workspace.")
        place = (events.c.occurred_at, events.c.position)
        last = await self._connection.scalar(
            select(events.c.position)
            .where(events.c.workspace_id == self._workspace, events.c.session_id == session_id)
            .order_by(*_ordered(place, Order.NEWEST))
            .limit(1)
        )
        return _session(described[session_id], session_id, last or 0)

    def _further(self, order: Order) -> ColumnElement[bool]:
        other = events.alias("further")
        here, there = tuple_(events.c.occurred_at, events.c.position), tuple_(other.c.occurred_at, other.c.position)
        return exists().where(
            other.c.workspace_id == self._workspace,
            other.c.session_id == events.c.session_id,
            there > here if order is Order.NEWEST else there < here,
        )

    async def _with_event(self, criteria: Criteria) -> ColumnElement[bool]:
        other = events.alias("matching")
        matching = await self._matching(criteria, other)
        return exists().where(*matching, other.c.session_id == events.c.session_id)

    async def _matching(self, criteria: Criteria, table: FromClause) -> list[ColumnElement[bool]]:
        if not criteria.ids:
            return [table.c.workspace_id == self._workspace, *passing(criteria.filters, table)]
        positions = [position for position, _ in await self._places(criteria.ids)]
        mine = by_position(self._workspace, table)
        return [mine, table.c.position.in_(positions), *passing(criteria.filters, table)]

    async def _places(self, ids: Iterable[str]) -> list[tuple[int, int]]:
        """Return position and arrival of the events with these ids, the newest first: events have no index by id."""
        column, mine = identities.c, identities.c.workspace_id == self._workspace
        uuids = {text: as_uuid(text) for text in ids}
        wanted = [uuid for uuid in uuids.values() if uuid is not None]
        own = [text for text, uuid in uuids.items() if uuid is None]
        if own:
            # The id first: for what the index by client id does not hold itself, SQLite would read the whole workspace.
            wanted += (
                await self._connection.scalars(select(column.id).where(mine, among(column.client_id, own)))
            ).all()
        statement = select(column.position, column.received_at).where(mine, column.id.in_(wanted))
        rows = (await self._connection.execute(statement.order_by(column.position.desc()))).all()
        return [(row[0], row[1]) for row in rows]

    async def _describe(self, session_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        column = events.c
        mine = and_(column.workspace_id == self._workspace, column.session_id.in_(session_ids))
        execution = column.type.in_(EXECUTION_TYPES)
        statement = (
            select(
                column.session_id,
                func.min(column.occurred_at).label("started_at"),
                func.max(column.occurred_at).label("ended_at"),
                func.count().label("events"),
                func.sum(case((execution, 1), else_=0)).label("executions"),
                func.sum(case((and_(execution, column.status == "failure"), 1), else_=0)).label("failures"),
            )
            .where(mine)
            .group_by(column.session_id)
        )
        described = {row.session_id: dict(row._mapping) for row in (await self._connection.execute(statement)).all()}  # noqa: SLF001 - public by its documentation
        for field, label in ((column.user_id, "users"), (column.agent_id, "agents")):
            found: defaultdict[str, list[str]] = defaultdict(list)
            pairs = select(column.session_id, field).where(mine, field.is_not(None)).distinct()
            for session_id, name in (await self._connection.execute(pairs)).all():
                found[session_id].append(name)
            for session_id, description in described.items():
                description[label] = sorted(found[session_id])[:NAMES_SHOWN]
        return described


def _session(described: dict[str, Any], session_id: str, position: int) -> Session:
    return Session(
        session_id,
        described["started_at"],
        described["ended_at"],
        Position(position),
        described["events"],
        int(described["executions"]),
        int(described["failures"]),
        described["users"],
        described["agents"],
    )


def _between(criteria: Criteria) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if criteria.start is not None:
        conditions.append(events.c.occurred_at >= criteria.start)
    if criteria.end is not None:
        conditions.append(events.c.occurred_at < criteria.end)
    return conditions


def _beyond(place: Sequence[Any], order: Order, after: Place | None) -> list[ColumnElement[bool]]:
    if after is None:
        return []
    here, there = tuple_(*place), tuple_(after.moment, after.position)
    return [here < there if order is Order.NEWEST else here > there]


def _ordered(place: Sequence[Any], order: Order) -> list[Any]:
    return [column.desc() if order is Order.NEWEST else column.asc() for column in place]
