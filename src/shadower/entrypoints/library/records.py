"""Events and sessions as rows: times in UTC, amounts as exact decimals."""

import json
from collections.abc import Sequence
from decimal import Decimal

from shadower.application.ports.snapshot import Session as CoreSession
from shadower.domain.events.event import RecordedEvent
from shadower.domain.events.moments import datetime_of
from shadower.domain.metrics.decimals import credit_units, currency, milliseconds_or_none
from shadower.entrypoints.library.tables import Row, Table

_IDS = ("user_id", "agent_id", "session_id", "correlation_id", "parent_id", "status", "error_type")


class Events(Table):
    """Events, in the order asked for."""

    def __init__(self, recorded: Sequence[RecordedEvent]) -> None:
        super().__init__([event_row(one) for one in recorded])


class Sessions(Table):
    """Sessions, in the order asked for."""

    def __init__(self, sessions: Sequence[CoreSession]) -> None:
        super().__init__([session_row(one) for one in sessions])


class Session:
    """One session: what its events say of it, and its timeline, the oldest event first."""

    def __init__(self, session: CoreSession, timeline: Sequence[RecordedEvent]) -> None:
        self.row = session_row(session)
        self.timeline = Events(timeline)

    def __repr__(self) -> str:
        return f"<Session {self.row['session_id']}: {self.row['events']} events>"


def event_row(recorded: RecordedEvent) -> Row:
    """Return the event as it is in the log."""
    event = recorded.event
    return {
        "id": event.id,
        "client_id": event.client_id,
        "type": event.type,
        "source": event.source,
        "occurred_at": datetime_of(event.occurred_at),
        "received_at": datetime_of(recorded.received_at),
        **{name: getattr(event, name) for name in _IDS},
        "duration_ms": milliseconds_or_none(event.duration_us),
        "credits": None if event.credits is None else credit_units(event.credits),
        "cost": None if event.cost is None else currency(event.cost),
        "tokens_in": event.tokens_in,
        "tokens_out": event.tokens_out,
        "model": event.model,
        "data": None if event.data is None else json.loads(event.data, parse_float=Decimal),
        "position": recorded.position,
    }


def session_row(session: CoreSession) -> Row:
    """Return the session as its events tell it."""
    return {
        "session_id": session.id,
        "started_at": datetime_of(session.started_at),
        "ended_at": datetime_of(session.ended_at),
        "duration_ms": milliseconds_or_none(session.ended_at - session.started_at),
        "events": session.events,
        "executions": session.executions,
        "failures": session.failures,
        "users": list(session.users),
        "agents": list(session.agents),
    }
