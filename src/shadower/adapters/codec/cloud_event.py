"""
Events as CloudEvents 1.0 in JSON, for whoever reads them from the bus.

Our (workspace, id) is their (`source`, `id`). `sequence`, `partitionkey` and `recordedtime` are documented extensions:
the position in the log, whose order holds within a workspace, the workspace, and when the event came in. `dataschema`
is the version of all this: it changes with anything that an old reader would misread.
"""

from datetime import datetime
from functools import lru_cache
from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Raw, Struct

from shadower.domain.errors import Invalid
from shadower.domain.events.amounts import COST, CREDITS, DURATION, decimal_text, units_of
from shadower.domain.events.event import Event, Position, RecordedEvent, WorkspaceId
from shadower.domain.events.moments import datetime_of, micros_of

SCHEMA: Final = "urn:shadower:event:1"
NO_FINGERPRINT: Final = b""
"""It has done its work when the event was decided."""

_NOTHING: Final = Raw(b"null")


class EnvelopeUnknown(Invalid):
    """The envelope is not of this version."""

    code = "envelope_unknown"


class Head(Struct, frozen=True, gc=False):
    """What every version says in the same way."""

    id: str
    type: str
    sequence: str
    partitionkey: str

    @property
    def position(self) -> Position:
        """Its place in the log."""
        return Position(int(self.sequence))

    @property
    def workspace(self) -> WorkspaceId:
        """Whose it is."""
        return WorkspaceId(int(self.partitionkey))


class _Data(Struct, frozen=True, gc=False, omit_defaults=True):
    """What the event says, under the names of the API."""

    source: str
    client_id: str | None = None
    user_id: str | None = None
    agent_id: str | None = None
    session_id: str | None = None
    correlation_id: str | None = None
    parent_id: str | None = None
    status: str | None = None
    error_type: str | None = None
    duration_ms: str | None = None
    credits: str | None = None
    cost: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    model: str | None = None
    data: Raw = _NOTHING


class _Envelope(Struct, frozen=True, gc=False):
    specversion: str
    id: str
    source: str
    type: str
    time: datetime
    datacontenttype: str
    dataschema: str
    sequence: str
    partitionkey: str
    recordedtime: datetime
    data: _Data


_encode = msgspec.json.Encoder().encode
_heads = msgspec.json.Decoder(Head)
_envelopes = msgspec.json.Decoder(_Envelope)


def envelope_of(recorded: RecordedEvent) -> bytes:
    """Return the event in its envelope."""
    event = recorded.event
    return _encode(
        _Envelope(
            "1.0",
            event.id,
            _origin(recorded.workspace, event.source),
            event.type,
            datetime_of(event.occurred_at),
            "application/json",
            SCHEMA,
            f"{recorded.position:019d}",
            str(recorded.workspace),
            datetime_of(recorded.received_at),
            _Data(
                event.source,
                event.client_id,
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
                _NOTHING if event.data is None else Raw(event.data.encode()),
            ),
        )
    )


def head_of(envelope: bytes) -> Head:
    """Return what is on the outside. Raises EnvelopeUnknown."""
    try:
        return _heads.decode(envelope)
    except msgspec.DecodeError as error:
        raise EnvelopeUnknown(f"This is no CloudEvent of ours: {error}.") from None


def recorded_in(envelope: bytes) -> RecordedEvent:
    """Return the event as it is in the log, but for its fingerprint. Raises EnvelopeUnknown."""
    try:
        told = _envelopes.decode(envelope)
    except msgspec.DecodeError as error:
        raise EnvelopeUnknown(f"The envelope cannot be read: {error}.") from None
    if told.dataschema != SCHEMA:
        raise EnvelopeUnknown(f"The envelope is of {told.dataschema!r}, this version reads {SCHEMA}.")
    data = told.data
    event = Event(
        told.id,
        data.client_id,
        told.type,
        data.source,
        micros_of(told.time),
        data.user_id,
        data.agent_id,
        data.session_id,
        data.correlation_id,
        data.parent_id,
        data.status,
        data.error_type,
        units_of(data.duration_ms, DURATION.places),
        units_of(data.credits, CREDITS.places),
        units_of(data.cost, COST.places),
        data.tokens_in,
        data.tokens_out,
        data.model,
        None if data.data is _NOTHING else bytes(data.data).decode(),
        NO_FINGERPRINT,
    )
    workspace, position = WorkspaceId(int(told.partitionkey)), Position(int(told.sequence))
    return RecordedEvent(position, workspace, micros_of(told.recordedtime), event)


@lru_cache(maxsize=4096)
def _origin(workspace: WorkspaceId, source: str) -> str:
    """Return a URI reference: what a producer calls itself may be any text."""
    return f"/workspaces/{workspace}/sources/{quote(source, safe='')}"
