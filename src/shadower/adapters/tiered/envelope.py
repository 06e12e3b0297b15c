"""What is written around a value in the warm tier, so that the hot one can take it over."""

from typing import Final

import msgspec
from msgspec import Struct

SCHEMA: Final = 1
"""Counts up with anything that another version would misread."""


class Envelope(Struct, frozen=True, array_like=True, gc=False):
    """A value, when it goes (micros), and its tags."""

    schema: int
    expires_at: int
    tags: tuple[str, ...]
    value: bytes


_decoder: Final = msgspec.msgpack.Decoder(Envelope)
_encode: Final = msgspec.msgpack.Encoder().encode


def sealed(value: bytes, expires_at: int, tags: tuple[str, ...]) -> bytes:
    """Return the value in its envelope."""
    return _encode(Envelope(SCHEMA, expires_at, tags, value))


def opened(written: bytes) -> Envelope | None:
    """Return what was written, None when another version wrote it."""
    try:
        found = _decoder.decode(written)
    except msgspec.DecodeError:
        return None
    return found if found.schema == SCHEMA else None
