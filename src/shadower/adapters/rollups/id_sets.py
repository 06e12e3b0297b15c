"""
The distinct ids of cells as blobs.

Most sets are tiny: up to 64 ids are kept as plain pairs of (row and kind, id), which are handled as arrays, thousands
at a time. Larger ones are roaring bitmaps (https://roaringbitmap.org, portable format), which stay bytes until their
ids are needed. A set only grows, so which of the two it is depends on its size alone.
"""

import array
from collections.abc import Iterator, Mapping, Sequence
from struct import Struct

import numpy as np
from pyroaring import BitMap

from shadower.adapters.rollups.codec import FORMAT, decode_rows, encode_rows
from shadower.adapters.rollups.pages import RollupUnreadable
from shadower.adapters.rollups.table import ID_BITS, KIND_BITS, Ints

LARGEST_PLAIN = 64

_HEADER = Struct("<BI")
"""Format, bytes of the pairs."""
_ENTRY = Struct("<II")
"""Tag, bytes of the bitmap."""
_CUT = "A rollup page ends within a set of ids."
_STRAY = "A rollup page has ids of a cell it does not have."
_ID = (1 << ID_BITS) - 1

Bitmaps = dict[int, bytes]
"""Tag (row << 2 | kind) to a serialised bitmap."""


def runs(ids: Ints) -> Iterator[tuple[int, BitMap]]:
    """Yield each tag with the set of its ids."""
    numbers = array.array("I", (ids & _ID).astype(np.uint32).tobytes())
    tags, bounds = tagged(ids)
    ends = bounds[1:].tolist()
    start = 0
    for tag, end in zip(tags.tolist(), ends, strict=True):
        yield tag, BitMap(numbers[start:end])
        start = end


def tagged(ids: Ints) -> tuple[Ints, Ints]:
    """Return the distinct tags, and where the ids of each begin and end."""
    tags = ids >> ID_BITS
    starts = np.flatnonzero(np.diff(tags, prepend=-1))
    return tags[starts], np.append(starts, len(ids))


def encode_sets(ids: Ints, bitmaps: Mapping[int, bytes], bounds: Ints) -> list[bytes]:
    """Return one blob per page; page i has the rows from bounds[i] to bounds[i + 1]. The bitmaps take in their ids."""
    small, large = _divided(ids, bitmaps)
    edges = bounds << KIND_BITS
    cuts = np.searchsorted(small >> ID_BITS, edges)
    offsets = np.repeat(edges[:-1], np.diff(cuts))
    pairs = encode_rows(np.column_stack([(small >> ID_BITS) - offsets, small & _ID]), cuts)
    blobs = [_HEADER.pack(FORMAT, len(blob)) + blob if blob else b"" for blob in pairs]
    tags = np.array(list(large), dtype=np.int64)
    pages = np.searchsorted(edges, tags, side="right") - 1
    for page, tag, edge in zip(pages.tolist(), tags.tolist(), edges[pages].tolist(), strict=True):
        entry = _ENTRY.pack(tag - edge, len(large[tag])) + large[tag]
        blobs[page] = (blobs[page] or _HEADER.pack(FORMAT, 0)) + entry
    return blobs


def _divided(ids: Ints, bitmaps: Mapping[int, bytes]) -> tuple[Ints, Bitmaps]:
    """Return the ids of small sets, and all large sets in the order of their tags."""
    tags, bounds = tagged(ids)
    sizes = np.diff(bounds)
    grown = sizes > LARGEST_PLAIN
    if bitmaps:
        grown |= np.isin(tags, np.fromiter(bitmaps, dtype=np.int64, count=len(bitmaps)))
    leaving = np.repeat(grown, sizes)
    large = dict(bitmaps)
    for tag, found in runs(ids[leaving]):
        whole = found | bitmap(large[tag]) if tag in large else found
        whole.run_optimize()
        large[tag] = whole.serialize()
    return ids[~leaving], {tag: large[tag] for tag in sorted(large)}


def decode_sets(blobs: Sequence[bytes], bounds: Ints) -> tuple[Ints, Bitmaps]:
    """Return what `encode_sets` was given. Raises RollupUnreadable."""
    pairs: list[bytes] = []
    bitmaps: Bitmaps = {}
    edges = (bounds << KIND_BITS).tolist()
    for blob, edge, next_edge in zip(blobs, edges, edges[1:], strict=False):
        pairs.append(_pairs_of(blob) if blob else b"")
        for tag, found in _bitmaps_of(blob, _HEADER.size + len(pairs[-1])):
            if edge + tag >= next_edge:
                raise RollupUnreadable(_STRAY)
            bitmaps[edge + tag] = found
    rows, cuts = decode_rows(pairs, 2)
    tags = rows[:, 0] + np.repeat(bounds[:-1] << KIND_BITS, np.diff(cuts))
    if (tags >= np.repeat(bounds[1:] << KIND_BITS, np.diff(cuts))).any():
        raise RollupUnreadable(_STRAY)
    return tags << ID_BITS | rows[:, 1], bitmaps


def bitmap(serialised: bytes) -> BitMap:
    """Raises RollupUnreadable."""
    try:
        return BitMap.deserialize(serialised)
    except (ValueError, IndexError) as problem:
        raise RollupUnreadable(f"A set of ids in a rollup page cannot be read: {problem}.") from problem


def _pairs_of(blob: bytes) -> bytes:
    if len(blob) < _HEADER.size or blob[0] != FORMAT:
        raise RollupUnreadable(f"A rollup page has sets of format {blob[0]}; this version reads format {FORMAT}.")
    pairs = blob[_HEADER.size : _HEADER.size + _HEADER.unpack_from(blob)[1]]
    if len(pairs) < _HEADER.unpack_from(blob)[1]:
        raise RollupUnreadable(_CUT)
    return pairs


def _bitmaps_of(blob: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    while start < len(blob):
        if start + _ENTRY.size > len(blob):
            raise RollupUnreadable(_CUT)
        tag, length = _ENTRY.unpack_from(blob, start)
        start += _ENTRY.size
        if start + length > len(blob):
            raise RollupUnreadable(_CUT)
        yield tag, blob[start : start + length]
        start += length
