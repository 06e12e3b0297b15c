"""Rows of `events` as recorded events."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, select

from shadower.adapters.sql.schema import EVENT_FIELDS, events
from shadower.domain.events.event import Event, Position, RecordedEvent, WorkspaceId

NOT_READ: Final = b""
"""The fingerprint of events read back: it serves only to decide repeats, inside the store."""

COLUMNS: Final = (
    events.c.position,
    events.c.workspace_id,
    events.c.received_at,
    events.c.id,
    events.c.client_id,
    *(events.c[name] for name in EVENT_FIELDS),
)


def select_events() -> Select[Any]:
    """Select what `recorded` reads."""
    return select(*COLUMNS)


def recorded(row: Sequence[Any]) -> RecordedEvent:
    """Return the event of a row selected by `select_events`."""
    return RecordedEvent(Position(row[0]), WorkspaceId(row[1]), row[2], Event._make((*row[3:], NOT_READ)))
