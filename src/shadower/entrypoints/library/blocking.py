"""The library for code that does not await."""

from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self, Unpack

from shadower.application.ingest_events import Receipt
from shadower.application.metric_question import DEFAULT_ROWS, DEFAULT_TOP
from shadower.domain.workspaces.workspace import Workspace
from shadower.entrypoints.library.answers import Breakdown, Summary, Timeseries
from shadower.entrypoints.library.client import OnProgress, Shadower
from shadower.entrypoints.library.questions import EventFilters, Moment, Names
from shadower.entrypoints.library.records import Events, Session, Sessions
from shadower.entrypoints.library.tables import Row
from shadower.entrypoints.library.thread import LoopThread


class BlockingShadower:
    """
    `Shadower` without `await`: the same methods, parameters, answers and errors.

    Works in scripts, in threads, and in notebooks whose own loop is running.
    """

    def __init__(self, inner: Shadower, thread: LoopThread) -> None:
        self._inner = inner
        self._thread = thread
        self.slug = inner.slug
        """Of the workspace."""

    def ingest(self, events: Iterable[Any]) -> Receipt:
        """Record events: mappings with the fields of the wire, or a data frame with a row for each."""
        return self._thread.run(self._inner.ingest(events))

    def summary(
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
        return self._thread.run(
            self._inner.summary(metric, timeframe=timeframe, from_=from_, to=to, compare=compare, **filters)
        )

    def timeseries(
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
        return self._thread.run(
            self._inner.timeseries(
                metric,
                interval=interval,
                group_by=group_by,
                top=top,
                timeframe=timeframe,
                from_=from_,
                to=to,
                compare=compare,
                **filters,
            )
        )

    def breakdown(
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
        return self._thread.run(
            self._inner.breakdown(
                by,
                metric,
                order=order,
                limit=limit,
                timeframe=timeframe,
                from_=from_,
                to=to,
                compare=compare,
                **filters,
            )
        )

    def events(
        self,
        *,
        from_: Moment = None,
        to: Moment = None,
        order: str = "newest",
        limit: int = 100,
        **filters: Unpack[EventFilters],
    ) -> Events:
        """Return up to `limit` events, however many that is, newest or oldest first."""
        return self._thread.run(self._inner.events(from_=from_, to=to, order=order, limit=limit, **filters))

    def event(self, event_id: str) -> Row:
        """Return the event with this UUID or this id of its producer's. Raises EventNotFound."""
        return self._thread.run(self._inner.event(event_id))

    def sessions(
        self,
        *,
        from_: Moment = None,
        to: Moment = None,
        order: str = "newest",
        limit: int = 100,
        **filters: Unpack[EventFilters],
    ) -> Sessions:
        """Return up to `limit` sessions that have a matching event, newest or oldest first."""
        return self._thread.run(self._inner.sessions(from_=from_, to=to, order=order, limit=limit, **filters))

    def session(self, session_id: str) -> Session:
        """Return a session with its timeline, of up to 10,000 events. Raises SessionNotFound."""
        return self._thread.run(self._inner.session(session_id))

    def workspace(self) -> Workspace:
        """Return the workspace as it is now."""
        return self._thread.run(self._inner.workspace())

    def verify(self, on_progress: OnProgress | None = None) -> list[str]:
        """Recount every rollup of the store from the events and return each difference: there must be none."""
        return self._thread.run(self._inner.verify(on_progress))

    def rebuild(self, on_progress: OnProgress | None = None) -> None:
        """Make every rollup of the store anew from the events; questions are answered meanwhile."""
        return self._thread.run(self._inner.rebuild(on_progress))

    def close(self) -> None:
        """Let go of the store; a second time changes nothing. Leaving `with` does it too."""
        if self._thread.is_running:
            self._thread.run(self._inner.close())
            self._thread.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} workspace={self.slug!r}>"
