"""
The distinct ids of cells as blobs.

Most sets are tiny: up to 64 ids are kept as plain pairs of (row and kind, id), which are handled as arrays, thousands
at a time. Larger ones are roaring bitmaps (https://roaringbitmap.org, portable format), which stay bytes until their
ids are needed. A set only grows, so which of the two it is depends on its size alone.
"""

import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from struct import Struct

import numpy as np
from pyroaring import BitMap

from shadower.adapters.rollups.codec import FORMAT, decode_rows, encode_rows
from shadower.adapters.rollups.pages import RollupUnreadable
from shadower.adapters.rollups.table import ID_BITS, KIND_BITS, Ints

LARGEST_PLAIN = 64

_HEADER = Struct("<BII")
"""Format, bytes of the pairs, number of bitmaps. What follows: tags and sizes of the bitmaps, pairs, bitmaps."""
_NUMBER = np.dtype("<u4")
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
    places = np.searchsorted(np.array(list(large), dtype=np.int64), edges).tolist()
    tags, found = list(large), list(large.values())
    blobs = []
    for blob, edge, (start, end) in zip(pairs, edges.tolist(), pairwise(places), strict=False):
        if start < end:
            numbers = [tag - edge for tag in tags[start:end]] + [len(one) for one in found[start:end]]
            header = _HEADER.pack(FORMAT, len(blob), end - start) + np.array(numbers, dtype=_NUMBER).tobytes()
            blobs.append(b"".join([header, blob, *found[start:end]]))
        else:
            blobs.append(_HEADER.pack(FORMAT, len(blob), 0) + blob if blob else b"")
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
    if not any(blobs):
        return np.empty(0, dtype=np.int64), {}
    pairs: list[bytes] = []
    bitmaps: Bitmaps = {}
    edges = (bounds << KIND_BITS).tolist()
    for blob, (edge, next_edge) in zip(blobs, pairwise(edges), strict=True):
        tags_found, found = _divide_blob(blob) if blob else ((), (b"",))
        pairs.append(found[0])
        if tags_found and max(tags_found) >= next_edge - edge:
            raise RollupUnreadable(_STRAY)
        bitmaps.update(zip([edge + tag for tag in tags_found], found[1:], strict=True))
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


def _divide_blob(blob: bytes) -> tuple[Sequence[int], Sequence[bytes]]:
    """Return the tags of the bitmaps of one blob; its pairs and then its bitmaps."""
    if len(blob) < _HEADER.size or blob[0] != FORMAT:
        raise RollupUnreadable(
            f"A rollup page has sets that begin with {blob[:1].hex()}, which this version cannot read."
        )
    _, length, count = _HEADER.unpack_from(blob)
    start = _HEADER.size + 8 * count
    if not count and start + length == len(blob):
        return (), (blob[start:],)
    if start <= len(blob):
        numbers = np.frombuffer(blob[_HEADER.size : start], dtype=_NUMBER).tolist()
        cuts = list(accumulate([length, *numbers[count:]], initial=start))
        if cuts[-1] == len(blob):
            return numbers[:count], [blob[start:end] for start, end in pairwise(cuts)]
    raise RollupUnreadable("A rollup page ends within a set of ids.")
