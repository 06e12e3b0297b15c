"""Sessions and counts of events, as they are answered."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from shadower.application.ports.snapshot import Session
from shadower.application.summarize_events import EventStatistics
from shadower.domain.events.amounts import DURATION, decimal_text
from shadower.entrypoints.http.wire.events_out import EventPage
from shadower.entrypoints.http.wire.times import local, utc


class SessionOut(Struct, frozen=True):
    """
    A session as its events tell it, in whatever order they came in.

    `duration_ms` is from its first to its last event. Of users and agents the first ten are named.
    """

    session_id: str
    started_at: str
    ended_at: str
    duration_ms: str
    events: int
    executions: int
    failures: int
    users: Sequence[str]
    agents: Sequence[str]


class SessionPage(Struct, frozen=True):
    """One page of sessions."""

    items: Sequence[SessionOut]
    next_cursor: str | None


class SessionWithTimeline(SessionOut, frozen=True):
    """A session, and a page of its events."""

    timeline: EventPage


class StatisticsOut(Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """
    Counts of events, and of whom and what they are about, `exact` or with a `reason` why not.

    Without events, `from` and `to` are null.
    """

    events: int
    users: int
    sessions: int
    agents: int
    by_type: Mapping[str, int]
    time_zone: str
    start: str | None
    end: str | None
    fresh_to: str
    exact: bool
    reason: str | None
    degraded: bool = False


def session_out(session: Session) -> SessionOut:
    """Return the session as it is answered."""
    return SessionOut(**_told(session))


def session_with_timeline(session: Session, timeline: EventPage) -> SessionWithTimeline:
    """Return the session with a page of its events."""
    return SessionWithTimeline(**_told(session), timeline=timeline)


def statistics_out(counted: EventStatistics) -> StatisticsOut:
    """Return the counts as they are answered."""
    start, end = (counted.range.start, counted.range.end) if counted.range is not None else (None, None)
    return StatisticsOut(
        counted.events,
        counted.users,
        counted.sessions,
        counted.agents,
        counted.by_type,
        counted.zone.key,
        None if start is None else local(start, counted.zone),
        None if end is None else local(end, counted.zone),
        utc(counted.fresh_to),
        exact=counted.shortfall is None,
        reason=None if counted.shortfall is None else str(counted.shortfall),
    )


def _told(session: Session) -> dict[str, Any]:
    return {
        "session_id": session.id,
        "started_at": utc(session.started_at),
        "ended_at": utc(session.ended_at),
        "duration_ms": decimal_text(session.ended_at - session.started_at, DURATION.places),
        "events": session.events,
        "executions": session.executions,
        "failures": session.failures,
        "users": session.users,
        "agents": session.agents,
    }
