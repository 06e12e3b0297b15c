"""
The event as it is kept.

Instants are whole microseconds since 1970-01-01T00:00:00Z and amounts are whole numbers of a fixed small unit, so that
sums do not depend on the order of addition. Tuples, because hundreds of thousands pass through every second.
"""

from enum import StrEnum
from typing import NamedTuple, NewType

Micros = NewType("Micros", int)
"""An instant: microseconds since 1970-01-01T00:00:00Z."""

WorkspaceId = NewType("WorkspaceId", int)
"""The number of a workspace inside the store; outside, workspaces have slugs."""

Position = NewType("Position", int)
"""The place of an event in the log: 1, 2, 3… in the order of commits. 0 is before the first."""

EXECUTED = "agent.executed"
FAILED = "agent.failed"
"""Implies the status failure."""

EXECUTION_TYPES = (EXECUTED, FAILED)
"""Events that record one finished run each."""

OWN_SOURCE = "shadower"
"""The source of what the platform itself does; nobody else may use it."""


class Status(StrEnum):
    """How a run ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"


class Event(NamedTuple):
    """One thing that happened, as admitted. Immutable; its identity is (workspace, id)."""

    id: str
    """A UUID in canonical text (36 characters, lower case)."""
    client_id: str | None
    """The id as the producer wrote it, when that was not a UUID."""
    type: str
    source: str
    occurred_at: int
    """Micros."""
    user_id: str | None
    agent_id: str | None
    session_id: str | None
    correlation_id: str | None
    parent_id: str | None
    status: str | None
    error_type: str | None
    duration_us: int | None
    """Whole microseconds."""
    credits: int | None
    """Millionths of a credit."""
    cost: int | None
    """Billionths of a unit of currency."""
    tokens_in: int | None
    tokens_out: int | None
    model: str | None
    data: str | None
    """A JSON object as compact text."""
    fingerprint: bytes
    """16 bytes over what the producer sent, normalised: tells a repeat from a conflict."""


class RecordedEvent(NamedTuple):
    """An event in the log."""

    position: Position
    workspace: WorkspaceId
    received_at: int
    """Micros, by the server's clock; partitions, retention and audit run on it."""
    event: Event
    """Its fingerprint may be empty: it has done its work when the event was decided."""


class Outcome(StrEnum):
    """What became of a sent event. Each is durable before the sender hears of it."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"
