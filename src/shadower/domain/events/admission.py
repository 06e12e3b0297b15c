"""The rules an event must meet to enter the log. Every rule is decided here, for every way in."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from hashlib import blake2b
from typing import Protocol

from shadower.domain.events.amounts import COST, CREDITS, DURATION, check_tokens, whole_units
from shadower.domain.events.event import OWN_SOURCE, Event, Status, WorkspaceId
from shadower.domain.events.identity import as_uuid, check_client_id, derived_id, moment_in
from shadower.domain.events.known_types import check_data, check_type
from shadower.domain.events.moments import check_plausible, parse_moment
from shadower.domain.events.payload import PayloadEncoder, payload_text
from shadower.domain.events.rejection import Rejected

LONGEST_SOURCE = 100
LONGEST_TEXT = 255
DEFAULT_SOURCE = "api"

_STATUSES = frozenset(str(status) for status in Status)


class SentEvent(Protocol):
    """An event as a producer wrote it: right kinds, nothing else known. An empty text counts as absent."""

    type: str
    id: str | None
    source: str | None
    occurred_at: str | None
    user_id: str | None
    agent_id: str | None
    session_id: str | None
    correlation_id: str | None
    parent_id: str | None
    status: str | None
    error_type: str | None
    duration_ms: Decimal | None
    credits: Decimal | None
    cost: Decimal | None
    tokens_in: int | None
    tokens_out: int | None
    model: str | None
    data: Mapping[str, object] | None


class Admission:
    """Turns what was sent into an event, or says why not."""

    def __init__(self, encode: PayloadEncoder, new_id: Callable[[int], str]) -> None:
        """`new_id` makes a UUIDv7 for a moment (micros), used when the producer sends no id."""
        self._encode = encode
        self._new_id = new_id

    def admit(self, sent: SentEvent, workspace: WorkspaceId, now: int, *, own: bool = False) -> Event:
        """
        Return the event to record.

        `own` admits what the platform itself did, whose source is `shadower`. Raises Rejected.
        """
        check_type(sent.type)
        source = _text(sent.source, "source", LONGEST_SOURCE)
        if (source == OWN_SOURCE) is not own:
            raise Rejected("source_reserved", "source", f"source {OWN_SOURCE} is reserved for Shadower itself")
        occurred_at = None if not sent.occurred_at else parse_moment(sent.occurred_at)
        event_id, client_id = self._identify(sent.id, workspace, source or DEFAULT_SOURCE, now)
        at = occurred_at
        if at is None:
            at = (moment_in(event_id) if sent.id and client_id is None else None) or now
        check_plausible(at, now)
        check_tokens(sent.tokens_in, "tokens_in")
        check_tokens(sent.tokens_out, "tokens_out")
        if sent.data is not None:
            check_data(sent.type, sent.data)
        told = (
            _text(sent.user_id, "user_id", LONGEST_TEXT),
            _text(sent.agent_id, "agent_id", LONGEST_TEXT),
            _text(sent.session_id, "session_id", LONGEST_TEXT),
            _text(sent.correlation_id, "correlation_id", LONGEST_TEXT),
            _text(sent.parent_id, "parent_id", LONGEST_TEXT),
            _status(sent.type, sent.status),
            _text(sent.error_type, "error_type", LONGEST_TEXT),
            whole_units(sent.duration_ms, DURATION),
            whole_units(sent.credits, CREDITS),
            whole_units(sent.cost, COST),
            sent.tokens_in,
            sent.tokens_out,
            _text(sent.model, "model", LONGEST_TEXT),
            payload_text(sent.data, self._encode),
        )
        sign = fingerprint(sent.type, source, occurred_at, told, unstated_status=not sent.status)
        return Event(event_id, client_id, sent.type, source or DEFAULT_SOURCE, at, *told, sign)

    def _identify(self, sent: str | None, workspace: WorkspaceId, source: str, now: int) -> tuple[str, str | None]:
        if not sent:
            return self._new_id(now), None
        canonical = as_uuid(sent)
        if canonical is not None:
            return canonical, None
        _text(sent, "id", len(sent))
        check_client_id(sent)
        return derived_id(workspace, source, sent), sent


def fingerprint(
    type_name: str,
    source: str | None,
    occurred_at: int | None,
    told: tuple[str | int | None, ...],
    *,
    unstated_status: bool,
) -> bytes:
    """
    Return 16 bytes (BLAKE2b) over what the producer said, normalised; what the server filled in is left out.

    No text holds a NUL, and none is empty, so joining by NUL is unambiguous.
    """
    parts = ["" if part is None else str(part) for part in (type_name, source, occurred_at, *told)]
    if unstated_status:
        parts[8] = ""
    return blake2b("\0".join(parts).encode(), digest_size=16).digest()


def _text(value: str | None, field: str, longest: int) -> str | None:
    if not value:
        return None
    if len(value) > longest:
        raise Rejected("text_too_long", field, f"{field} has {len(value)} characters; at most {longest} are kept")
    if "\0" in value:
        raise Rejected("forbidden_character", field, f"{field} holds a NUL character")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Rejected(
                "forbidden_character", field, f"{field} holds a lone surrogate, which is not a character"
            ) from None
    return value


def _status(type_name: str, status: str | None) -> str | None:
    if not status:
        return Status.FAILURE.value if type_name == "agent.failed" else None
    if status not in _STATUSES:
        raise Rejected("status_unknown", "status", "status must be success, failure or cancelled")
    if type_name == "agent.failed" and status != Status.FAILURE.value:
        raise Rejected("status_contradicts_type", "status", "agent.failed implies the status failure")
    return status
