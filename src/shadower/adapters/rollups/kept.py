"""
Tallies as bytes (MessagePack), to be kept for a while.

Histograms become two arrays, ids a serialised bitmap, or texts where sets hold texts. A sum that is too large for 64
bits is written as text.
"""

from typing import Any, Final

import msgspec
from msgspec import Struct

from shadower.application.ports.snapshot import Numbered
from shadower.application.ports.tally_codec import KeptHead, TallyCodec
from shadower.domain.events.event import Position
from shadower.domain.metrics.question import Tallies
from shadower.domain.metrics.tally import Tally

SCHEMA: Final = 2
"""Counts up with anything that changes what bytes mean, here or in what a tally holds."""

_SUMS: Final = (
    "events",
    "executions",
    "successes",
    "failures",
    "cancelled",
    "duration_count",
    "duration_sum",
    "duration_min",
    "duration_max",
    "credits",
    "cost",
    "tokens_in",
    "tokens_out",
    "execution_credits",
    "execution_cost",
)
_LARGEST: Final = 2**63 - 1

_Number = int | str | None
_Ids = bytes | list[str] | None


class _Histogram(Struct, frozen=True, array_like=True):
    kinds: str
    """How wide bins and counts are written."""
    bins: bytes
    counts: bytes


class _Tally(Struct, frozen=True, array_like=True):
    bucket: int
    sums: tuple[_Number, ...]
    histogram: _Histogram | None
    users: _Ids
    agents: _Ids
    sessions: _Ids


class _Head(Struct, frozen=True, array_like=True):
    schema: int
    position: int
    mark: str
    numbers: tuple[int, int, int] | None
    numbering: str | None


_heads: Final = msgspec.msgpack.Decoder(_Head)
_bodies: Final = msgspec.msgpack.Decoder(list[tuple[str | None, list[_Tally]]])
_encode: Final = msgspec.msgpack.Encoder().encode
_LENGTH: Final = 2
"""Bytes that say how long the head is."""


class MsgspecTallyCodec(TallyCodec):
    """The head comes first, so that it can be read without the rest."""

    def numbers(self, tallies: Tallies) -> Numbered | None:
        largest = [0, 0, 0]
        for each in tallies.values():
            for tally in each.values():
                for place, ids in enumerate((tally.users, tally.agents, tally.sessions)):
                    if isinstance(ids, set):
                        return None
                    if ids:
                        largest[place] = max(largest[place], ids.max())  # type: ignore[attr-defined] # a bitmap
        return Numbered(*largest)

    def encode(self, tallies: Tallies, head: KeptHead) -> bytes:
        numbers = None if head.numbers is None else (head.numbers.users, head.numbers.agents, head.numbers.sessions)
        written = _encode(_Head(SCHEMA, head.position, head.mark, numbers, head.numbering))
        found = [
            (group, [_written(bucket, tally) for bucket, tally in each.items()]) for group, each in tallies.items()
        ]
        return len(written).to_bytes(_LENGTH, "big") + written + _encode(found)

    def head(self, kept: bytes) -> KeptHead | None:
        try:
            head = _heads.decode(memoryview(kept)[_LENGTH : _end(kept)])
        except msgspec.DecodeError:
            return None
        if head.schema != SCHEMA:
            return None
        numbers = None if head.numbers is None else Numbered(*head.numbers)
        return KeptHead(Position(head.position), head.mark, numbers, head.numbering)

    def decode(self, kept: bytes) -> Tallies:
        try:
            found = _bodies.decode(memoryview(kept)[_end(kept) :])
            return {group: {one.bucket: _read(one) for one in each} for group, each in found}
        except msgspec.DecodeError as error:
            raise ValueError(f"What was kept cannot be read: {error}.") from error


def _end(kept: bytes) -> int:
    return _LENGTH + int.from_bytes(kept[:_LENGTH], "big")


def _written(bucket: int, tally: Tally) -> _Tally:
    sums = tuple(_narrow(getattr(tally, name)) for name in _SUMS)
    return _Tally(bucket, sums, _packed(tally), *map(_ids, (tally.users, tally.agents, tally.sessions)))


def _read(one: _Tally) -> Tally:
    sums: dict[str, Any] = dict(zip(_SUMS, map(_wide, one.sums), strict=True))
    sets = {"users": _id_set(one.users), "agents": _id_set(one.agents), "sessions": _id_set(one.sessions)}
    tally = Tally(**sums, **sets)
    if one.histogram is not None:
        # Imported here: numpy takes a tenth of a second and 25 MB, which a process that asks nothing need not pay.
        from shadower.adapters.rollups.packed_histograms import unpacked  # noqa: PLC0415 - see above

        tally.histogram = unpacked(one.histogram.kinds, one.histogram.bins, one.histogram.counts)
    return tally


def _packed(tally: Tally) -> _Histogram | None:
    if not tally.histogram:
        return None
    from shadower.adapters.rollups.packed_histograms import packed  # noqa: PLC0415 - as above

    return _Histogram(*packed(tally.histogram))


def _narrow(number: int | None) -> _Number:
    return number if number is None or abs(number) <= _LARGEST else str(number)


def _wide(number: _Number) -> int | None:
    return int(number) if isinstance(number, str) else number


def _ids(ids: Any) -> _Ids:  # noqa: ANN401 - of one of two kinds
    if ids is None:
        return None
    return list(ids) if isinstance(ids, set) else bytes(ids.serialize())


def _id_set(ids: _Ids) -> Any:  # noqa: ANN401 - as above
    if ids is None:
        return None
    if isinstance(ids, list):
        return set(ids)
    from shadower.adapters.rollups.id_sets import bitmap  # noqa: PLC0415 - as above

    return bitmap(ids)
