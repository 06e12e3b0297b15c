"""Making the views of spans that are over: of days from pages, of weeks and months from the views of their days."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.rollups.pages import Wanted
from shadower.adapters.rollups.parts import Parts
from shadower.adapters.rollups.views import PagesOfSpan, ViewKey, Views, added_up, views_of_pages
from shadower.adapters.sql.database import Database
from shadower.adapters.sql.page_rows import PageReader
from shadower.adapters.sql.schema import VIEW_BLOBS, pages, projections, span_views, spans, workspaces
from shadower.adapters.sql.spans import drop_spans
from shadower.application.ports.clock import Clock
from shadower.domain.events.moments import DAY
from shadower.domain.metrics.pages import Family, Level, plan
from shadower.domain.metrics.spans import VIEWS, Span, Width, possible, spans_over
from shadower.domain.metrics.zones import time_zone

_CELLS: Final = Wanted(totals=False)
_SUMS: Final = Wanted(totals=True, hist=False, sets=False)
_KEYS_AT_A_TIME: Final = 500


class SpanOf(NamedTuple):
    """A span of one workspace in one generation of pages."""

    generation: int
    workspace: int
    span: Span


class Consolidation:
    """
    Makes views outside of any transaction that others wait for.

    They are written while the projection's cursor is held, so no page changes in between, and only if what they were
    made of is still what it was: a further event changes the sums of a page, where it is counted, and drops spans.
    """

    def __init__(self, database: Database, clock: Clock, projection: str) -> None:
        self._database = database
        self._clock = clock
        self._projection = projection

    async def step(self, limit: int) -> int:
        """Make the views of up to `limit` spans that have none; return of how many."""
        async with self._database.reading() as connection:
            generation = await _generation(connection, self._projection)
            missing = await self._missing(connection, generation, limit)
        return sum([await self._consolidate(one) for one in missing])

    async def _missing(self, connection: AsyncConnection, generation: int, limit: int) -> list[SpanOf]:
        """Return spans that can be given views, workspace by workspace."""
        found: list[SpanOf] = []
        for workspace in await _workspaces(connection):
            missing = await self._missing_of(connection, generation, workspace)
            found += [SpanOf(generation, workspace, span) for span in missing[: limit - len(found)]]
            if len(found) == limit:
                break
        return found

    async def _missing_of(self, connection: AsyncConnection, generation: int, workspace: int) -> Sequence[Span]:
        calendar = select(workspaces.c.time_zone, workspaces.c.first_weekday).where(workspaces.c.id == workspace)
        zone, first_weekday = (await connection.execute(calendar)).one()
        days = await _days_with_events(connection, generation, workspace)
        wanted = spans_over(days, time_zone(zone), first_weekday, self._clock.now())
        return possible(wanted, await _spans(connection, generation, workspace))

    async def _consolidate(self, one: SpanOf) -> bool:
        async with self._database.reading() as connection:
            # Since it was found, a day it is made of may have been dropped, for an event that came late.
            if one.span not in await self._missing_of(connection, one.generation, one.workspace):
                return False
            basis = await _basis(connection, one)
            made = await made_anew(connection, one)
        async with self._database.writing() as connection:
            held = projections.c.name == self._projection
            in_use = await connection.scalar(select(projections.c.generation).where(held).with_for_update())
            if in_use != one.generation or await _basis(connection, one) != basis:
                return False
            await self._write(connection, one, made)
            await connection.commit()
        return True

    async def _write(self, connection: AsyncConnection, one: SpanOf, made: Views) -> None:
        cursor = await connection.scalar(select(projections.c.cursor).where(projections.c.name == self._projection))
        # A span of the same width that overlaps is of a calendar which the workspace has no longer.
        outdated = and_(spans.c.width == one.span.width, spans.c.start < one.span.end, spans.c.end > one.span.start)
        await drop_spans(connection, one.generation, one.workspace, outdated)
        place = {"generation": one.generation, "workspace_id": one.workspace}
        place |= {"width": int(one.span.width), "start": one.span.start}
        await connection.execute(spans.insert(), [place | {"end": one.span.end, "made_at": cursor}])
        rows = [place | which._asdict() | dict(zip(VIEW_BLOBS, parts, strict=True)) for which, parts in made.items()]
        await connection.execute(span_views.insert(), rows)


async def made_anew(connection: AsyncConnection, one: SpanOf) -> Views:
    """Return the views of a span as its pages make them, or the views of its days."""
    if one.span.width is Width.DAY:
        return await _of_pages(connection, one)
    return await _of_days(connection, one)


async def all_spans(connection: AsyncConnection, projection: str) -> list[SpanOf]:
    """Return the spans that have views."""
    generation = await _generation(connection, projection)
    found = []
    for workspace in await _workspaces(connection):
        found += [SpanOf(generation, workspace, span) for span in await _spans(connection, generation, workspace)]
    return found


async def is_as_made(connection: AsyncConnection, one: SpanOf) -> bool:
    """Whether the views of a span say what its pages say, or the views of its days; none is no lie."""
    column = span_views.c
    statement = select(column.view, column.key, *(column[blob] for blob in VIEW_BLOBS)).where(
        column.generation == one.generation,
        column.workspace_id == one.workspace,
        column.width == one.span.width,
        column.start == one.span.start,
    )
    rows = (await connection.execute(statement)).all()
    there = {ViewKey(view, key): Parts(*blobs) for view, key, *blobs in rows}
    return not there or there == await made_anew(connection, one)


async def _of_pages(connection: AsyncConnection, one: SpanOf) -> Views:
    read = PageReader(connection, one.generation, one.workspace)
    parts = []
    for family in (Family.ALL, Family.AGENT):
        covered = plan(family, (one.span.start, one.span.end))
        parts.append(PagesOfSpan(covered, await read(covered, _CELLS)))
    return await asyncio.to_thread(views_of_pages, *parts)


async def _of_days(connection: AsyncConnection, one: SpanOf) -> Views:
    """Add up view by view, and of each some keys at a time, so that the memory it takes is bounded."""
    made: Views = {}
    for view in range(len(VIEWS)):
        after = -1
        while found := await _views_of_days(connection, one, view, after):
            added = await asyncio.to_thread(added_up, found)
            made |= {ViewKey(view, key): parts for key, parts in added.items()}
            after = max(found)
    return made


async def _views_of_days(
    connection: AsyncConnection, one: SpanOf, view: int, after: int
) -> Mapping[int, Sequence[Parts]]:
    """Return the views of the days of a span by key, of the next keys after one."""
    column = span_views.c
    of_days = and_(
        column.generation == one.generation,
        column.workspace_id == one.workspace,
        column.width == int(Width.DAY),
        column.start >= one.span.start,
        column.start < one.span.end,
        column.view == view,
        column.key > after,
    )
    keys = select(column.key).where(of_days).distinct().order_by(column.key).limit(_KEYS_AT_A_TIME)
    statement = select(column.key, *(column[blob] for blob in VIEW_BLOBS)).where(of_days, column.key.in_(keys))
    found: defaultdict[int, list[Parts]] = defaultdict(list)
    for key, *blobs in (await connection.execute(statement.order_by(column.key, column.start))).all():
        found[key].append(Parts(*blobs))
    return found


async def _basis(connection: AsyncConnection, one: SpanOf) -> list[tuple[object, ...]]:
    """Return what is different as soon as the span would be made of something else."""
    if one.span.width is Width.DAY:
        covered = plan(Family.ALL, (one.span.start, one.span.end))
        return sorted(await PageReader(connection, one.generation, one.workspace)(covered, _SUMS))
    statement = select(spans.c.start, spans.c.made_at).where(
        spans.c.generation == one.generation,
        spans.c.workspace_id == one.workspace,
        spans.c.width == int(Width.DAY),
        spans.c.start >= one.span.start,
        spans.c.start < one.span.end,
    )
    days = sorted(tuple(row) for row in (await connection.execute(statement)).all())
    # A day that had no events has no span, but once it has an event, a page.
    with_events = sorted(await _days_with_events(connection, one.generation, one.workspace))
    return [*days, *((start,) for start in with_events if one.span.start - DAY < start < one.span.end)]


async def _generation(connection: AsyncConnection, projection: str) -> int:
    statement = select(projections.c.generation).where(projections.c.name == projection)
    return int(await connection.scalar(statement) or 0)


async def _workspaces(connection: AsyncConnection) -> Sequence[int]:
    return (await connection.scalars(select(workspaces.c.id).order_by(workspaces.c.id))).all()


async def _days_with_events(connection: AsyncConnection, generation: int, workspace: int) -> Sequence[int]:
    statement = select(pages.c.start).where(
        pages.c.generation == generation,
        pages.c.workspace_id == workspace,
        pages.c.family == int(Family.ALL),
        pages.c.level == int(Level.DAY),
        pages.c.key == 0,
    )
    return (await connection.scalars(statement)).all()


async def _spans(connection: AsyncConnection, generation: int, workspace: int) -> list[Span]:
    statement = select(spans.c.width, spans.c.start, spans.c.end).where(
        spans.c.generation == generation, spans.c.workspace_id == workspace
    )
    return [Span(Width(width), *ends) for width, *ends in (await connection.execute(statement)).all()]
