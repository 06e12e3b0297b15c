"""Answers about metrics as bytes (MessagePack)."""

from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from shadower.application.ports.answer_codec import AnswerCodec, AnswerT
from shadower.domain.metrics.answer import Answer

SCHEMA: Final = b"\x01"
"""Counts up with anything that changes what bytes mean, here or in what an answer holds."""


class MsgspecAnswerCodec(AnswerCodec):
    """One byte for the version, then the answer."""

    def encode(self, answer: Answer) -> bytes | None:
        try:
            return SCHEMA + _encode(answer)
        except OverflowError:
            # A number of more than 64 bits.
            return None

    def decode(self, kept: bytes, kind: type[AnswerT]) -> AnswerT | None:
        if not kept.startswith(SCHEMA):
            return None
        try:
            return msgspec.msgpack.decode(memoryview(kept)[len(SCHEMA) :], type=kind, dec_hook=_read)
        except msgspec.DecodeError:
            return None


def _written(one: Any) -> str:  # noqa: ANN401 - whatever the library does not know
    if isinstance(one, ZoneInfo):
        return one.key
    raise NotImplementedError(f"An answer holds a {type(one).__name__}.")


def _read(kind: type, written: Any) -> Any:  # noqa: ANN401 - as above
    if kind is ZoneInfo:
        return ZoneInfo(written)
    raise NotImplementedError(f"An answer holds a {kind.__name__}.")


_encode: Final = msgspec.msgpack.Encoder(enc_hook=_written).encode
