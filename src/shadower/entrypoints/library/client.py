"""The library, asynchronous."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar, Unpack

from shadower.application.ingest_events import Receipt
from shadower.application.metric_question import (
    DEFAULT_ROWS,
    DEFAULT_TOP,
    BreakdownQuestion,
    MetricQuestion,
    TimeseriesQuestion,
)
from shadower.application.page import Page
from shadower.application.ports.progress import Progress
from shadower.application.ports.snapshot import Order, Place
from shadower.domain.workspaces.workspace import Workspace
from shadower.entrypoints.container import Container
from shadower.entrypoints.library.answers import Breakdown, Summary, Timeseries
from shadower.entrypoints.library.events_in import submissions
from shadower.entrypoints.library.questions import (
    EventFilters,
    Moment,
    Names,
    moment,
    names,
    selection,
    wanted,
)
from shadower.entrypoints.library.records import Events, Session, Sessions, event_row
from shadower.entrypoints.library.tables import Row

_Item = TypeVar("_Item")

PAGE = 1_000
TIMELINE = 10_000
"""Events of a session's timeline at most."""

OnProgress = Callable[[Progress], None]


class Shadower:
    """
    One workspace of an open store.

    Everything is what the HTTP API does, under the same names: a list of metrics may be one text with commas, filters
    are keyword arguments. What is read after `ingest` returned includes those events. Errors are `ShadowerError`s.
    """

    def __init__(self, container: Container, workspace: Workspace, close: Callable[[], Awaitable[None]]) -> None:
        self._container = container
        self._close = close
        self._workspace = workspace.id
        self.slug = workspace.slug
        """Of the workspace."""

    async def ingest(self, events: Iterable[Any]) -> Receipt:
        """
        Record events: mappings with the fields of the wire, or a data frame with a row for each.

        Returns what became of them, all of it durable: how many were stored, and why the others were not. Sending the
        same again is safe where events have ids. Raises Overloaded, StoreUnavailable: events before a failing batch
        of 5,000 are stored.
        """
        whole = Receipt()
        before = 0
        for submission in submissions(events):
            part = await self._container.ingest_events()(self._workspace, None, submission)
            whole.stored += part.stored
            whole.duplicates += part.duplicates
            whole.conflicts += part.conflicts
            whole.rejected += part.rejected
            whole.results += [replace(result, index=before + result.index) for result in part.results]
            before += len(submission.events)
        return whole

    async def summary(
        self,
        metric: Names = None,
        *,
        timeframe: str | None = None,
        from_: Moment = None,
        to: Moment = None,
        compare: bool = False,
        **filters: Unpack[EventFilters],
    ) -> Summary:
        """Return metrics of a whole range, all of them by default, of the last seven days by default."""
        question = MetricQuestion(
            metrics=names(metric),
            timeframe=timeframe,
            start=moment(from_),
            end=moment(to),
            compare=compare,
            filters=wanted(filters),
        )
        return Summary(await self._container.summarize_metrics()(self._workspace, question))

    async def timeseries(
        self,
        metric: Names = None,
        *,
        interval: str | None = None,
        group_by: str | None = None,
        top: int = DEFAULT_TOP,
        timeframe: str | None = None,
        from_: Moment = None,
        to: Moment = None,
        compare: bool = False,
        **filters: Unpack[EventFilters],
    ) -> Timeseries:
        """Return metrics over time, `executions` by default; with `group_by`, for the top groups and the rest."""
        question = TimeseriesQuestion(
            metrics=names(metric),
            interval=interval,
            group_by=group_by,
            top=top,
            timeframe=timeframe,
            start=moment(from_),
            end=moment(to),
            compare=compare,
            filters=wanted(filters),
        )
        return Timeseries(await self._container.chart_metrics()(self._workspace, question))

    async def breakdown(
        self,
        by: str,
        metric: Names = None,
        *,
        order: str | None = None,
        limit: int = DEFAULT_ROWS,
        timeframe: str | None = None,
        from_: Moment = None,
        to: Moment = None,
        compare: bool = False,
        **filters: Unpack[EventFilters],
    ) -> Breakdown:
        """Return metrics for each value of a dimension; `order` is a metric or `key`, with `-` for descending."""
        question = BreakdownQuestion(
            by=by,
            metrics=names(metric),
            order=order,
            limit=limit,
            timeframe=timeframe,
            start=moment(from_),
            end=moment(to),
            compare=compare,
            filters=wanted(filters),
        )
        return Breakdown(await self._container.break_down_metrics()(self._workspace, question))

    async def events(
        self,
        *,
        from_: Moment = None,
        to: Moment = None,
        order: str = "newest",
        limit: int = 100,
        **filters: Unpack[EventFilters],
    ) -> Events:
        """Return up to `limit` events, however many that is, newest or oldest first."""
        chosen, ordered = selection(filters, from_, to), Order(order)
        list_events = self._container.list_events()
        found = _pages(
            limit, lambda n, after: list_events(self._workspace, chosen, order=ordered, limit=n, after=after)
        )
        return Events([event async for event in found])

    async def event(self, event_id: str) -> Row:
        """Return the event with this UUID or this id of its producer's. Raises EventNotFound."""
        return event_row(await self._container.read_event()(self._workspace, event_id))

    async def sessions(
        self,
        *,
        from_: Moment = None,
        to: Moment = None,
        order: str = "newest",
        limit: int = 100,
        **filters: Unpack[EventFilters],
    ) -> Sessions:
        """Return up to `limit` sessions that have a matching event, newest or oldest first."""
        chosen, ordered = selection(filters, from_, to), Order(order)
        list_all = self._container.list_sessions()
        found = _pages(limit, lambda n, after: list_all(self._workspace, chosen, order=ordered, limit=n, after=after))
        return Sessions([session async for session in found])

    async def session(self, session_id: str) -> Session:
        """Return a session with its timeline, of up to 10,000 events. Raises SessionNotFound."""
        read = self._container.read_session()
        session, page = await read(self._workspace, session_id, order=Order.OLDEST, limit=TIMELINE)
        return Session(session, page.items)

    async def workspace(self) -> Workspace:
        """Return the workspace as it is now."""
        workspace: Workspace = await self._container.read_workspace()(self._workspace)
        return workspace

    async def verify(self, on_progress: OnProgress | None = None) -> list[str]:
        """Recount every rollup of the store from the events and return each difference: there must be none."""
        differences: list[str] = []
        async for step in self._container.rollups().verify():
            differences += step.differences
            if on_progress is not None:
                on_progress(step)
        return differences

    async def rebuild(self, on_progress: OnProgress | None = None) -> None:
        """Make every rollup of the store anew from the events; questions are answered meanwhile."""
        async for step in self._container.rollups().rebuild():
            if on_progress is not None:
                on_progress(step)

    async def close(self) -> None:
        """Let go of the store; a second time changes nothing. Leaving `async with` does it too."""
        await self._close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} workspace={self.slug!r}>"


async def _pages(limit: int, ask: Callable[[int, Place | None], Awaitable[Page[_Item, Place]]]) -> AsyncIterator[_Item]:
    """Yield up to `limit` items, a page at a time."""
    place: Place | None = None
    while limit > 0:
        page = await ask(min(limit, PAGE), place)
        for item in page.items:
            yield item
        if page.next is None:
            return
        place, limit = page.next, limit - len(page.items)
