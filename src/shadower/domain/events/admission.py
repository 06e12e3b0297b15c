"""The rules an event must meet to enter the log. Every rule is decided here, for every way in."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from hashlib import blake2b
from typing import Protocol

from shadower.domain.events.amounts import COST, CREDITS, DURATION, check_tokens, whole_units
from shadower.domain.events.event import FAILED, OWN_SOURCE, Event, Status, WorkspaceId
from shadower.domain.events.identity import LONGEST_CLIENT_ID, as_uuid, derived_id, moment_in
from shadower.domain.events.known_types import check_data, check_type
from shadower.domain.events.moments import check_plausible, parse_moment
from shadower.domain.events.payload import PayloadEncoder, payload_text
from shadower.domain.events.rejection import Rejected

LONGEST_SOURCE = 100
LONGEST_TEXT = 255
DEFAULT_SOURCE = "api"

FINGERPRINT_BYTES = 16

_STATUSES = frozenset(str(status) for status in Status)
_TEXTS = ("user_id", "agent_id", "session_id", "correlation_id", "parent_id", "error_type", "model")
_SEPARATORS = 16


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
        source = sent.source or None
        if (source == OWN_SOURCE) is not own:
            raise Rejected("source_reserved", "source", f"source {OWN_SOURCE} is reserved for Shadower itself")
        occurred_at = parse_moment(sent.occurred_at) if sent.occurred_at else None
        told = (
            sent.user_id or None,
            sent.agent_id or None,
            sent.session_id or None,
            sent.correlation_id or None,
            sent.parent_id or None,
            _status(sent.type, sent.status),
            sent.error_type or None,
            whole_units(sent.duration_ms, DURATION),
            whole_units(sent.credits, CREDITS),
            whole_units(sent.cost, COST),
            check_tokens(sent.tokens_in, "tokens_in"),
            check_tokens(sent.tokens_out, "tokens_out"),
            sent.model or None,
            self._payload(sent),
        )
        said = _said(sent.type, source, occurred_at, sent.status, told)
        if len(said) > LONGEST_SOURCE or not said.isascii() or said.count("\0") != _SEPARATORS:
            check_texts(sent)
        event_id, client_id = self._identify(sent.id, workspace, source or DEFAULT_SOURCE, now)
        at: int | None = occurred_at
        if at is None:
            at = (moment_in(event_id) if sent.id and client_id is None else None) or now
        check_plausible(at, now)
        sign = blake2b(said.encode(), digest_size=FINGERPRINT_BYTES).digest()
        return Event._make((event_id, client_id, sent.type, source or DEFAULT_SOURCE, at, *told, sign))

    def _payload(self, sent: SentEvent) -> str | None:
        if sent.data is None:
            return None
        check_data(sent.type, sent.data)
        return payload_text(sent.data, self._encode)

    def _identify(self, sent: str | None, workspace: WorkspaceId, source: str, now: int) -> tuple[str, str | None]:
        if not sent:
            return self._new_id(now), None
        canonical = as_uuid(sent)
        if canonical is not None:
            return canonical, None
        check_text(sent, "id", LONGEST_CLIENT_ID)
        return derived_id(workspace, source, sent), sent


def check_texts(sent: SentEvent) -> None:
    """Raise Rejected `text_too_long` or `forbidden_character` for the first text field at fault."""
    check_text(sent.source, "source", LONGEST_SOURCE)
    for field in _TEXTS:
        check_text(getattr(sent, field), field, LONGEST_TEXT)


def check_text(value: str | None, field: str, longest: int) -> None:
    """Raise Rejected unless the text is absent, or short enough and free of NUL and lone surrogates."""
    if not value:
        return
    if len(value) > longest:
        raise Rejected("text_too_long", field, f"{field} has {len(value)} characters; at most {longest} are kept")
    if "\0" in value:
        raise Rejected("forbidden_character", field, f"{field} holds a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Rejected("forbidden_character", field, f"{field} holds a lone surrogate, which is no character") from None


def _said(
    type_name: str,
    source: str | None,
    occurred_at: int | None,
    status: str | None,
    told: tuple[str | int | None, ...],
) -> str:
    """
    Return what the producer said, normalised, as one text: what the server filled in is left out.

    No text holds a NUL and none is empty, so joining by NUL is unambiguous.
    """
    user, agent, session, correlation, parent, _, error, duration, credit, cost, tokens_in, tokens_out, model, data = (
        told
    )
    return (
        f"{type_name}\0{source or ''}\0{occurred_at or ''}\0{user or ''}\0{agent or ''}\0{session or ''}\0"
        f"{correlation or ''}\0{parent or ''}\0{status or ''}\0{error or ''}\0"
        f"{'' if duration is None else duration}\0{'' if credit is None else credit}\0{'' if cost is None else cost}\0"
        f"{'' if tokens_in is None else tokens_in}\0{'' if tokens_out is None else tokens_out}\0"
        f"{model or ''}\0{data or ''}"
    )


def _status(type_name: str, status: str | None) -> str | None:
    if not status:
        return Status.FAILURE.value if type_name == FAILED else None
    if status not in _STATUSES:
        raise Rejected("status_unknown", "status", "status must be success, failure or cancelled")
    if type_name == FAILED and status != Status.FAILURE.value:
        raise Rejected("status_contradicts_type", "status", "agent.failed implies the status failure")
    return status
