"""What is told of an element that is no event."""

from typing import Any

import msgspec

from shadower.domain.events.identity import LONGEST_CLIENT_ID
from shadower.domain.events.rejection import Rejection


class Unreadable(Rejection):
    """Why an element is no event, with what it tells about itself, so that its sender can find it again."""

    __slots__ = ("id", "source")

    id: str | None
    source: str | None


class _Traces(msgspec.Struct):
    id: Any = None
    source: Any = None


_decoder = msgspec.json.Decoder(_Traces)


def unreadable(rejection: Rejection, element: bytes) -> Unreadable:
    """Return the rejection together with the element's id and source, where it has them."""
    told = Unreadable(rejection.code, rejection.field, rejection.message)
    traces = _traces(element)
    # A Rejection cannot be changed once it is made, and this one is still being made.
    object.__setattr__(told, "id", _text(traces.id))
    object.__setattr__(told, "source", _text(traces.source))
    return told


def _traces(element: bytes) -> _Traces:
    try:
        return _decoder.decode(element)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _Traces()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and len(value) <= LONGEST_CLIENT_ID else None
