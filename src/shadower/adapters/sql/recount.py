"""Count every rollup again, from what is sealed and the raw events, and compare."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.rollups.differences import differences
from shadower.adapters.rollups.fold import fold
from shadower.adapters.rollups.merge import merge
from shadower.adapters.rollups.pages import PageBlobs, PageKey
from shadower.adapters.sql.consolidation import SpanOf, all_spans, is_as_made
from shadower.adapters.sql.database import Database
from shadower.adapters.sql.head import head_of_log
from shadower.adapters.sql.numbering import NamesMissing, Numbering, columns_of, select_rows
from shadower.adapters.sql.page_store import SEALED
from shadower.adapters.sql.schema import PAGE_BLOBS, events, identities, pages, projections, removed
from shadower.application.ports.progress import Progress
from shadower.domain.events.moments import DAY, datetime_of

_CHUNK: Final = 50_000
"""Events folded at a time, which bounds the memory a busy day takes."""


async def recount(database: Database, projection: str) -> AsyncIterator[Progress]:
    """
    Compare day by day, each in one snapshot with the cursor as it is then, so the service may go on meanwhile.

    Yields progress in days and then in spans that have views (and one step for the log itself).
    """
    async with database.reading() as connection:
        days = await _days(connection)
        wrong = await _log_faults(connection)
        spans = await all_spans(connection, projection)
    total = 1 + len(days) + len(spans)
    yield Progress(1, total, tuple(wrong))
    for done, (workspace, day) in enumerate(days, 2):
        async with database.reading() as connection:
            found = await _day(connection, Numbering(database, projection), projection, workspace, day)
        yield Progress(done, total, tuple(found))
    for done, one in enumerate(spans, 2 + len(days)):
        async with database.reading() as connection:
            found = [] if await is_as_made(connection, one) else [_stale(one)]
        yield Progress(done, total, tuple(found))


def _stale(one: SpanOf) -> str:
    start = datetime_of(one.span.start).isoformat()
    return f"workspace {one.workspace}: what the {one.span.width.name.lower()} from {start} adds up to is outdated"


async def _days(connection: AsyncConnection) -> list[tuple[int, int]]:
    with_events = select(events.c.workspace_id, (events.c.occurred_at // DAY).label("day")).distinct()
    with_pages = select(pages.c.workspace_id, (pages.c.start // DAY).label("day")).distinct()
    rows = (await connection.execute(with_events.union(with_pages))).all()
    return sorted((row[0], int(row[1]) * DAY) for row in rows)


async def _log_faults(connection: AsyncConnection) -> list[str]:
    faults: list[str] = []
    head = await head_of_log(connection)
    stored = await connection.scalar(select(func.count()).select_from(events)) or 0
    last = await connection.scalar(select(func.max(events.c.position))) or 0
    known = await connection.scalar(select(func.count()).select_from(identities)) or 0
    gone = int(await connection.scalar(select(func.sum(removed.c.events))) or 0)
    # The newest event may be gone too; while none is, it is the head.
    if stored + gone != head or last > head or (not gone and last != head):
        without = f" and {gone} were removed" if gone else ""
        faults.append(f"the log's head is {head}, but there are {stored} events up to position {last}{without}")
    if known != stored:
        faults.append(f"there are {stored} events and {known} identities")
    return faults


async def _day(
    connection: AsyncConnection, numbering: Numbering, projection: str, workspace: int, day: int
) -> list[str]:
    state = (await connection.execute(select(projections).where(projections.c.name == projection))).one()
    # What remains is counted on top of what is sealed.
    expected = await _stored_pages(connection, SEALED, workspace, day)
    after = 0
    while True:
        rows = await _events(connection, workspace, day, after, state.cursor)
        if not rows:
            break
        try:
            book = await numbering.look_up(connection, rows)
        except NamesMissing as missing:
            return [f"workspace {workspace}: {missing}, though the rollups have taken them in"]
        folded = fold(columns_of(rows, book))
        expected |= merge({key: expected[key] for key in folded.keys if key in expected}, folded)
        after = rows[-1].position
    found = await _stored_pages(connection, state.generation, workspace, day)
    return list(differences(expected, found))


async def _events(connection: AsyncConnection, workspace: int, day: int, after: int, upto: int) -> Sequence[Any]:
    statement = (
        select_rows()
        .where(
            events.c.workspace_id == workspace,
            events.c.occurred_at >= day,
            events.c.occurred_at < day + DAY,
            events.c.position > after,
            events.c.position <= upto,
        )
        .order_by(events.c.position)
        .limit(_CHUNK)
    )
    return (await connection.execute(statement)).all()


async def _stored_pages(
    connection: AsyncConnection, generation: int, workspace: int, day: int
) -> dict[PageKey, PageBlobs]:
    place = ("workspace_id", "family", "key", "level", "start")
    statement = select(*(pages.c[name] for name in (*place, *PAGE_BLOBS))).where(
        pages.c.generation == generation,
        pages.c.workspace_id == workspace,
        pages.c.start >= day,
        pages.c.start < day + DAY,
    )
    rows = (await connection.execute(statement)).all()
    return {PageKey(*row[: len(place)]): PageBlobs(*row[len(place) :]) for row in rows}
