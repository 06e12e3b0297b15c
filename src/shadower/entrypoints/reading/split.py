"""
Cutting a JSON body into its elements without reading them, so that each can be read, or refused, on its own.

The decoder refuses a whole document for one lone surrogate (a text cut in the middle of an emoji), although only one
event of it is at fault. So they are blotted out, in a copy of the same length, and the events that had one are refused.
"""

import re
from dataclasses import dataclass
from functools import cache

import msgspec
from msgspec import Raw, ValidationError
from msgspec.json import Decoder

from shadower.entrypoints.reading.errors import BodyInvalid, MalformedJson, NestedTooDeep, TooManyEvents
from shadower.entrypoints.reading.faults import fault_of
from shadower.entrypoints.reading.sent import MOST_EVENTS

_HINT = 'send {"events": […]}, a bare array, or NDJSON as application/x-ndjson'
_TOO_LONG = "Expected `array` of at most length"
_SURROGATES = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
"""An escaped backslash, a pair, or (the group) half a pair: what comes first is never taken for what comes later."""
_BLOT = rb"\u0000"


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a body, as it came."""

    sent: bytes
    lone_surrogate: bool = False


def split(body: bytes) -> list[Element]:
    """Raises MalformedJson, NestedTooDeep, BodyInvalid, TooManyEvents."""
    try:
        return [Element(bytes(element)) for element in _cut(body)]
    except msgspec.DecodeError as error:
        blotted = _SURROGATES.sub(_blot, body)
        if blotted == body:
            raise malformed(error) from None
    try:
        elements = [bytes(element) for element in _cut(blotted)]
    except msgspec.DecodeError as error:
        raise malformed(error) from None
    return _as_sent(body, blotted, elements)


def too_many_events() -> TooManyEvents:
    """Return what is told of more events than are taken at once."""
    return TooManyEvents(f"A request may hold at most {MOST_EVENTS:,} events; send them in several.")


def malformed(error: Exception) -> MalformedJson:
    """Return what is told of a body that is not JSON."""
    if isinstance(error, UnicodeDecodeError):
        return MalformedJson("The body is not UTF-8.")
    return MalformedJson(f"The body is not JSON: {str(error).removeprefix('JSON is malformed: ').rstrip('.')}.")


def _cut(body: bytes) -> list[Raw]:
    array, envelope = _decoders()
    first = body.lstrip()[:1]
    try:
        if first == b"[":
            few = array.decode(body)
        elif first == b"{":
            few = envelope.decode(body).events
        else:
            Decoder(Raw).decode(body)
            raise BodyInvalid(f"The body is neither an object nor an array: {_HINT}.")
    except RecursionError:
        raise NestedTooDeep("The body is nested too deep to be read; data may have 16 levels.") from None
    except ValidationError as error:
        raise _misfit(error, body) from None
    return [element for element in msgspec.structs.astuple(few) if element]


@cache
def _decoders() -> tuple[Decoder[msgspec.Struct], Decoder["_Envelope"]]:
    """
    Decoders that stop at the first event too many.

    A `list` would be limited only after it is built, and sixteen million bytes can hold eight million elements. So the
    array is decoded as a structure with as many optional places as there may be events.
    """
    places = [(f"element_{number}", Raw, msgspec.field(default_factory=Raw)) for number in range(MOST_EVENTS)]
    few = msgspec.defstruct("Few", places, array_like=True, forbid_unknown_fields=True)
    around = msgspec.defstruct("Envelope", [("events", few)], forbid_unknown_fields=True)
    return Decoder(few), Decoder(around)


class _Envelope(msgspec.Struct):
    """The shape of the structure made above, for the type checker."""

    events: msgspec.Struct


def _misfit(error: ValidationError, body: bytes) -> BodyInvalid | TooManyEvents:
    if str(error).startswith(_TOO_LONG):
        return too_many_events()
    if _is_bare_event(body):
        return BodyInvalid("The body is a single event: put it into an array, [{…}].")
    fault = fault_of(error)
    told = f"{fault.field!r} does not belong beside events" if fault.code == "unknown_field" else fault.message
    return BodyInvalid(f"{told}: {_HINT}.", field=fault.field)


def _is_bare_event(body: bytes) -> bool:
    try:
        keys = Decoder(dict[str, Raw]).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return "type" in keys and "events" not in keys


def _blot(found: re.Match[bytes]) -> bytes:
    return _BLOT if found[1] else found[0]


def _as_sent(body: bytes, blotted: bytes, elements: list[bytes]) -> list[Element]:
    found = []
    end = 0
    for element in elements:
        begin = blotted.index(element, end)
        end = begin + len(element)
        found.append(Element(body[begin:end], lone_surrogate=body[begin:end] != element))
    return found
