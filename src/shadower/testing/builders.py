"""Events for tests: whole ones, of which a test names only what it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from uuid import uuid4

from shadower.application.ports.event_log import Batch
from shadower.domain.bus.dead_letter import Failure, UnhandledEvent
from shadower.domain.events.event import Event, Position, RecordedEvent, WorkspaceId
from shadower.domain.events.rejection import Rejection
from shadower.domain.jobs.job import Limits, NewJob, Priority, Queue
from shadower.domain.keys.key import KeyId
from shadower.domain.quarantine.entry import RefusedEvent

NOW = 1_769_851_800_000_000
"""2026-01-31T09:30:00Z in micros, when everything happens that does not say when."""


def an_event(**changes: Any) -> Event:  # noqa: ANN401 - the fields of Event
    """
    Return an admitted event: a successful run of an agent, at NOW, with an id of its own.

    `changes` are fields of `Event`. The fingerprint follows from all but the ids, so two events with one id are a
    repeat when their contents are equal, and a conflict otherwise.
    """
    fields: dict[str, Any] = {
        "id": str(uuid4()),
        "client_id": None,
        "type": "agent.executed",
        "source": "api",
        "occurred_at": NOW,
        "user_id": "ada",
        "agent_id": "pricing",
        "session_id": "morning",
        "correlation_id": None,
        "parent_id": None,
        "status": "success",
        "error_type": None,
        "duration_us": 1_200_000,
        "credits": 2_500_000,
        "cost": 40_000_000,
        "tokens_in": 900,
        "tokens_out": 120,
        "model": "small-1",
        "data": None,
        "fingerprint": b"",
    }
    event = Event(**(fields | changes))
    if event.fingerprint:
        return event
    said = repr(event._replace(id="", client_id=None)).encode()
    return event._replace(fingerprint=blake2b(said, digest_size=16).digest())


@dataclass(frozen=True, slots=True)
class SentByHand:
    """An event as a producer writes it (the protocol `SentEvent`). What is None is not sent."""

    type: str = "agent.executed"
    id: str | None = None
    source: str | None = None
    occurred_at: str | None = "2026-01-31T09:30:00Z"
    user_id: str | None = "ada"
    agent_id: str | None = "pricing"
    session_id: str | None = "morning"
    correlation_id: str | None = None
    parent_id: str | None = None
    status: str | None = "success"
    error_type: str | None = None
    duration_ms: Decimal | None = Decimal(1200)
    credits: Decimal | None = Decimal("2.5")
    cost: Decimal | None = Decimal("0.04")
    tokens_in: int | None = 900
    tokens_out: int | None = 120
    model: str | None = "small-1"
    data: Mapping[str, object] | None = None

    def as_json(self) -> dict[str, object]:
        """Return what goes over the wire, decimals as text."""
        said = {name: value for name, value in asdict(self).items() if value is not None}
        return {name: str(value) if isinstance(value, Decimal) else value for name, value in said.items()}


def a_sent_event(**changes: Any) -> SentByHand:  # noqa: ANN401 - the fields of SentByHand
    """Return an event as a producer writes it, without an id."""
    return replace(SentByHand(), **changes)


def a_refused_event(
    sent: bytes = b'{"type": "Run"}',
    *,
    code: str = "type_invalid",
    field: str | None = "type",
    message: str = "type must be lower-case words joined by dots, such as agent.executed",
    source: str | None = None,
    projection: str | None = None,
) -> RefusedEvent:
    """Return an event on its way into the quarantine."""
    return RefusedEvent(Rejection(code, field, message), sent, source, projection)


def a_batch(
    *events: Event,
    workspace: int = 1,
    received_at: int = NOW,
    refused: Sequence[RefusedEvent] = (),
    key: KeyId | None = None,
) -> Batch:
    """Return what one request brings. The bytes of an event are its representation."""
    return Batch(
        workspace=WorkspaceId(workspace),
        received_at=received_at,
        events=events,
        sent=lambda index: repr(tuple(events[index])).encode(),
        refused=refused,
        key=key,
    )


def a_job(**changes: Any) -> NewJob:  # noqa: ANN401 - the fields of NewJob
    """Return a job of workspace 1 on its way onto the record, due at once, of the kind `tests.nothing`."""
    job = NewJob(
        workspace=WorkspaceId(1),
        kind="tests.nothing",
        queue=Queue.AGGREGATION,
        payload="{}",
        priority=Priority.NORMAL,
        limits=Limits(),
        run_after=NOW,
        correlation_id="the-request",
        idempotency_key=None,
        created_at=NOW,
    )
    return replace(job, **changes)


def a_recorded_event(position: int = 1, *, workspace: int = 1, received_at: int = NOW, **changes: Any) -> RecordedEvent:  # noqa: ANN401 - the fields of Event
    """Return an event of the log as readers get it: without its fingerprint."""
    event = an_event(**changes)._replace(fingerprint=b"")
    return RecordedEvent(Position(position), WorkspaceId(workspace), received_at, event)


def an_unhandled_event(
    position: int = 1, *, group: str = "mail", workspace: int = 1, message: str = "no such address", attempts: int = 8
) -> UnhandledEvent:
    """Return an event that a handler could not handle."""
    return UnhandledEvent(
        group,
        WorkspaceId(workspace),
        Position(position),
        str(uuid4()),
        "agent.executed",
        Failure("LookupError", message),
        attempts,
    )
