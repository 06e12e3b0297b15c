"""Spans in SQL: their views are read in place of pages, and dropped when a span gets another event."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.rollups.pages import PageKey, PageRow, Wanted
from shadower.adapters.sql.page_rows import NOTHING
from shadower.adapters.sql.schema import span_views, spans
from shadower.domain.events.moments import DAY, HOUR
from shadower.domain.metrics.pages import Family, Level, Run
from shadower.domain.metrics.spans import Span, Width

_LONGEST: Final = 32 * DAY
"""At least as long as any span."""
_RUNS_A_STATEMENT: Final = 50
_STARTS_A_STATEMENT: Final = 300


class SpanReader:
    """Reads the spans of one workspace in one generation, on one connection."""

    def __init__(self, connection: AsyncConnection, generation: int, workspace: int) -> None:
        self._connection = connection
        self._generation = generation
        self._workspace = workspace

    async def between(self, start: int, end: int) -> list[Span]:
        """Return the spans that have views and lie in [start, end)."""
        statement = select(spans.c.width, spans.c.start, spans.c.end).where(
            spans.c.generation == self._generation,
            spans.c.workspace_id == self._workspace,
            spans.c.start >= start,
            spans.c.start < end,
            spans.c.end <= end,
        )
        return [Span(Width(width), *ends) for width, *ends in (await self._connection.execute(statement)).all()]

    async def views(self, chosen: Sequence[Span], view: int, key: int, wanted: Wanted) -> list[PageRow]:
        """Return the view of each span in the order of time; a span in which the key has no events has none."""
        found: list[PageRow] = []
        for first in range(0, len(chosen), _STARTS_A_STATEMENT):
            part = chosen[first : first + _STARTS_A_STATEMENT]
            by_width = [
                self._views([span.start for span in part if span.width is width], width, (view, key), wanted)
                for width in sorted({span.width for span in part})
            ]
            rows = (await self._connection.execute(union_all(*by_width))).all()
            found += sorted(PageRow(Level.DAY, start, key, *blobs) for start, *blobs in rows)
        return found

    def _views(self, starts: Sequence[int], width: Width, which: tuple[int, int], wanted: Wanted):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a select of four columns
        column = span_views.c
        view, key = which
        return select(
            column.start,
            column.sums,
            column.hist if wanted.hist else NOTHING.label("hist"),
            column.sets if wanted.sets else NOTHING.label("sets"),
        ).where(
            column.generation == self._generation,
            column.workspace_id == self._workspace,
            column.width == int(width),
            column.start.in_(starts),
            column.view == view,
            column.key == key,
        )


async def drop_changed(connection: AsyncConnection, generation: int, changed: Iterable[PageKey]) -> None:
    """Drop the spans to which events were added; `changed` are all pages that this has changed."""
    hours: defaultdict[int, set[int]] = defaultdict(set)
    for page in changed:
        if (page.family, page.level) == (Family.ALL, Level.HOUR):
            hours[page.workspace].add(page.start)
    for workspace, starts in hours.items():
        runs = _runs(sorted(starts))
        for first in range(0, len(runs), _RUNS_A_STATEMENT):
            overlapping = or_(*(_overlapping(run) for run in runs[first : first + _RUNS_A_STATEMENT]))
            await drop_spans(connection, generation, workspace, overlapping)


async def drop_spans(connection: AsyncConnection, generation: int, workspace: int, which: ColumnElement[bool]) -> None:
    """Drop spans of a workspace with all their views."""
    statement = (
        delete(spans)
        .where(spans.c.generation == generation, spans.c.workspace_id == workspace, which)
        .returning(spans.c.width, spans.c.start)
    )
    for width, start in (await connection.execute(statement)).all():
        await connection.execute(
            delete(span_views).where(
                span_views.c.generation == generation,
                span_views.c.workspace_id == workspace,
                span_views.c.width == width,
                span_views.c.start == start,
            )
        )


def _overlapping(run: Run) -> ColumnElement[bool]:
    # The lower bound of the start changes nothing but the number of rows looked at.
    return and_(spans.c.start > run.start - _LONGEST, spans.c.start < run.end, spans.c.end > run.start)


def _runs(hours: Iterable[int]) -> list[Run]:
    found: list[Run] = []
    for hour in hours:
        if found and found[-1].end == hour:
            found[-1] = Run(found[-1].start, hour + HOUR)
        else:
            found.append(Run(hour, hour + HOUR))
    return found
