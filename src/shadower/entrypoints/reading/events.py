"""
Reading the events of a request.

The whole body is decoded at once; only when that fails is it taken apart, so that one event at fault never stops its
neighbours. The bytes of an event are cut out of the body only when it has to be kept aside as it came.
"""

from collections.abc import Sequence

import msgspec

from shadower.application.ingest_events import Submission
from shadower.domain.errors import Invalid
from shadower.domain.events.admission import SentEvent
from shadower.domain.events.rejection import Rejection
from shadower.entrypoints.reading.errors import NestedTooDeep
from shadower.entrypoints.reading.faults import LONE_SURROGATE, TOO_DEEP, TOO_LARGE_A_NUMBER, fault_of
from shadower.entrypoints.reading.sent import MOST_EVENTS, array_decoder, event_decoder, object_decoder
from shadower.entrypoints.reading.split import Element, malformed, split, too_many_events
from shadower.entrypoints.reading.unreadable import unreadable

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WORTH_COUNTING = 256 * 1024
_Sent = SentEvent | Rejection

UNREADABLE_AT_ONCE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ArithmeticError)
"""What the decoder raises: not JSON or no events; nested too deep; not UTF-8; a number beyond any decimal."""


def read_json(body: bytes) -> Submission:
    """
    Read `[…]` or `{"events": […]}`.

    Of keys that come twice in an object, the last counts. Raises MalformedJson, NestedTooDeep, BodyInvalid,
    TooManyEvents: then nothing of the body counts.
    """
    body = body.removeprefix(_BYTE_ORDER_MARK)
    if len(body) > _WORTH_COUNTING and body.count(b'"type"') > MOST_EVENTS:
        split(body)
    events: Sequence[_Sent]
    try:
        events = object_decoder.decode(body).events if body.lstrip()[:1] == b"{" else array_decoder.decode(body)
    except UNREADABLE_AT_ONCE:
        events = [_read_element(element) for element in split(body)]
    if len(events) > MOST_EVENTS:
        raise too_many_events()
    return Submission(events, _Cutter(body))


def read_lines(body: bytes) -> Submission:
    """
    Read NDJSON: one event a line, blank lines skipped.

    A line that is not JSON is one refused event. Raises TooManyEvents.
    """
    lines = [line for line in body.removeprefix(_BYTE_ORDER_MARK).split(b"\n") if line.strip()]
    if len(lines) > MOST_EVENTS:
        raise too_many_events()
    return Submission([read_event(line) for line in lines], lambda index: lines[index].strip())


def read_event(line: bytes) -> _Sent:
    """Read one event, or say why it is none."""
    try:
        return event_decoder.decode(line)
    except UNREADABLE_AT_ONCE:
        pass
    try:
        (element,) = split(b"[" + line + b"]")
        return _read_element(element)
    except NestedTooDeep:
        return unreadable(TOO_DEEP, line)
    except (Invalid, ValueError):
        return unreadable(Rejection("malformed_json", None, "this is not one JSON document in UTF-8"), line)


class _Cutter:
    """Cuts the bytes of an event out of the body; the body is taken apart for the first one."""

    __slots__ = ("_body", "_elements")

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._elements: list[Element] | None = None

    def __call__(self, index: int) -> bytes:
        if self._elements is None:
            self._elements = split(self._body)
        return self._elements[index].sent


def _read_element(element: Element) -> _Sent:
    if element.lone_surrogate:
        return unreadable(LONE_SURROGATE, element.sent)
    try:
        return event_decoder.decode(element.sent)
    except UNREADABLE_AT_ONCE as error:
        return unreadable(_fault(error), element.sent)


def _fault(error: Exception) -> Rejection:
    if isinstance(error, msgspec.ValidationError):
        return fault_of(error)
    if isinstance(error, RecursionError):
        return TOO_DEEP
    if isinstance(error, ArithmeticError):
        return TOO_LARGE_A_NUMBER
    raise malformed(error)
