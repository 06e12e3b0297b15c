"""Refused events, as they are answered and replayed."""

from collections.abc import Sequence

import msgspec
from msgspec import Raw, Struct

from shadower.application.replay_quarantined import Replay
from shadower.domain.quarantine.entry import QuarantineEntry, QuarantineSize
from shadower.entrypoints.http.wire.times import utc, utc_or_none
from shadower.entrypoints.reading.errors import BodyInvalid
from shadower.entrypoints.reading.faults import fault_of
from shadower.entrypoints.reading.split import malformed


class EntryOut(Struct, frozen=True):
    """
    A refused event. `sent` is what came, as text; bytes that are no UTF-8 are shown as replacement characters.

    Repeats of the same bytes with the same fault are one entry with a `count`. With a `projection`, the event is in the
    log, and `sent` says which: that projection could not take it, and a replay lets it try again.
    """

    id: int
    code: str
    field: str | None
    message: str
    sent: str
    source: str | None
    count: int
    first_seen_at: str
    last_seen_at: str
    state: str
    replayed_at: str | None
    replayed_as: str | None
    projection: str | None


class EntryPage(Struct, frozen=True):
    """One page of refused events."""

    items: Sequence[EntryOut]
    next_cursor: str | None


class ReplayIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing to replay what was sent; `event` to replay a corrected event in its place."""

    event: Raw = msgspec.field(default_factory=Raw)


class ReplayOut(Struct, frozen=True):
    """
    What became of it.

    `stored` or `duplicate`: the entry has left the quarantine. `conflict` or `rejected`: `code`, `field` and `message`
    say why it has not.
    """

    outcome: str
    id: str | None
    code: str | None
    field: str | None
    message: str | None
    entry: EntryOut


class SizeOut(Struct, frozen=True):
    """How full the quarantine is. `alarm`: refused events were not kept for lack of room, `overflowed` of them."""

    entries: int
    bytes: int
    limit: int
    overflowed: int
    alarm: bool


_replay_decoder = msgspec.json.Decoder(ReplayIn)


def entry_out(entry: QuarantineEntry) -> EntryOut:
    """Return the entry as it is answered."""
    return EntryOut(
        entry.id,
        entry.rejection.code,
        entry.rejection.field,
        entry.rejection.message,
        entry.sent.decode(errors="replace"),
        entry.source,
        entry.count,
        utc(entry.first_seen_at),
        utc(entry.last_seen_at),
        entry.state,
        utc_or_none(entry.replayed_at),
        entry.replayed_as,
        entry.projection,
    )


def replay_out(replay: Replay) -> ReplayOut:
    """Return what became of a replay."""
    result = replay.result
    return ReplayOut(result.outcome, result.id, result.code, result.field, result.message, entry_out(replay.entry))


def size_out(size: QuarantineSize, limit: int) -> SizeOut:
    """Return how full the quarantine is."""
    return SizeOut(size.entries, size.bytes, limit, size.overflowed, size.alarm)


def corrected_event(body: bytes) -> bytes | None:
    """
    Return the corrected event as it was sent, None to replay the original.

    It stands under `event`, or is the body itself. Raises MalformedJson, BodyInvalid.
    """
    if not body.strip():
        return None
    try:
        event = bytes(_replay_decoder.decode(body).event)
    except msgspec.ValidationError as error:
        if _is_event(body):
            return body
        fault = fault_of(error)
        raise BodyInvalid('Send {} or {"event": {…}}.', field=fault.field) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed(error) from None
    return None if event in {b"", b"null"} else event


def _is_event(body: bytes) -> bool:
    found = msgspec.json.decode(body)
    return isinstance(found, dict) and "type" in found and "event" not in found
