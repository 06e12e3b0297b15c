"""Events as they are answered."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from msgspec import Raw, Struct

from shadower.domain.events.amounts import COST, CREDITS, DURATION, decimal_text
from shadower.domain.events.event import RecordedEvent
from shadower.domain.events.moments import rfc3339


class EventOut(Struct, frozen=True, gc=False):
    """
    One event as it is in the log.

    Times are in UTC, decimals are texts, and what the event does not have is null. `position` is its place in the log.
    """

    id: str
    client_id: str | None
    type: str
    source: str
    occurred_at: str
    received_at: str
    user_id: str | None
    agent_id: str | None
    session_id: str | None
    correlation_id: str | None
    parent_id: str | None
    status: str | None
    error_type: str | None
    duration_ms: str | None
    credits: str | None
    cost: str | None
    tokens_in: int | None
    tokens_out: int | None
    model: str | None
    data: Mapping[str, Any] | None
    position: int


class EventPage(Struct, frozen=True):
    """One page of events."""

    items: Sequence[EventOut]
    next_cursor: str | None


def event_out(recorded: RecordedEvent) -> EventOut:
    """Return the event as it is answered."""
    event = recorded.event
    return EventOut(
        event.id,
        event.client_id,
        event.type,
        event.source,
        rfc3339(event.occurred_at),
        rfc3339(recorded.received_at),
        event.user_id,
        event.agent_id,
        event.session_id,
        event.correlation_id,
        event.parent_id,
        event.status,
        event.error_type,
        decimal_text(event.duration_us, DURATION.places),
        decimal_text(event.credits, CREDITS.places),
        decimal_text(event.cost, COST.places),
        event.tokens_in,
        event.tokens_out,
        event.model,
        _json(event.data),
        recorded.position,
    )


def _json(text: str | None) -> Mapping[str, Any] | None:
    """Hand on the text as it is: it is JSON already."""
    return None if text is None else cast("Mapping[str, Any]", Raw(text.encode()))
