"""
Rows of whole numbers as blobs, many blobs at a time.

A blob is a format byte, a byte that says how wide its numbers are (2, 4 or 8 bytes, little-endian, by the largest) and
whether they are compressed, and the rows one after the other. No rows, no bytes.

Blobs of more than 256 bytes are compressed with Zstandard where it helps. First their bytes are transposed, all first
bytes of the rows before all second bytes and so on, as Blosc does: the many zeros and repeats then stand together, so
that the fastest level (without entropy coding of what does not repeat) makes them smaller than the first level does of
plain rows, in a third of the time.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError

from shadower.adapters.rollups.pages import RollupUnreadable
from shadower.adapters.rollups.table import Ints

FORMAT = 1

_WIDTHS = ("<u2", "<u4", "<i8")
_COMPRESSED = 0x80
_HEAD = 2
_LARGEST_PLAIN = 256
_LEVEL = -1


def encode_rows(rows: Ints, bounds: Ints) -> list[bytes]:
    """Return one blob per page; page i has the rows from bounds[i] to bounds[i + 1]. No number may be negative."""
    sizes = np.diff(bounds)
    blobs = [b""] * len(sizes)
    pages = np.flatnonzero(sizes)
    if not len(pages):
        return blobs
    every_bit = np.bitwise_or.reduce(np.bitwise_or.reduceat(rows, bounds[pages], axis=0), axis=1)
    widths = (every_bit >= 1 << 16).astype(np.int64) + (every_bit >= 1 << 32)
    row_widths = np.repeat(widths, sizes[pages])
    for width, kind in enumerate(_WIDTHS):
        chosen = pages[widths == width]
        if len(chosen):
            ends = np.cumsum(sizes[chosen]).tolist()
            sealed = _sealed(rows.take(np.flatnonzero(row_widths == width), axis=0).astype(kind), ends, width)
            for page, blob in zip(chosen.tolist(), sealed, strict=True):
                blobs[page] = blob
    return blobs


def _sealed(rows: NDArray[Any], ends: Sequence[int], width: int) -> list[bytes]:
    """Cut the rows at the ends, and compress each piece where that makes it smaller."""
    compress = ZstdCompressor(level=_LEVEL).compress
    plain_head, packed_head = bytes((FORMAT, width)), bytes((FORMAT, width | _COMPRESSED))
    whole, columns = rows.tobytes(), rows.view(np.uint8)
    row_bytes = columns.shape[1]
    sealed = []
    for start, end in pairwise([0, *ends]):
        size = (end - start) * row_bytes
        if size > _LARGEST_PLAIN and len(packed := compress(columns[start:end].T.tobytes())) < size:
            sealed.append(packed_head + packed)
        else:
            sealed.append(plain_head + whole[start * row_bytes : end * row_bytes])
    return sealed


def decode_rows(blobs: Sequence[bytes], columns: int) -> tuple[Ints, Ints]:
    """Return the rows of all blobs, and where those of each begin and end. Raises RollupUnreadable."""
    if not any(blobs):
        return np.empty((0, columns), dtype=np.int64), np.zeros(len(blobs) + 1, dtype=np.int64)
    bodies: dict[int, list[bytes]] = {}
    codes = np.zeros(len(blobs), dtype=np.int64)
    bounds = np.zeros(len(blobs) + 1, dtype=np.int64)
    decompress = ZstdDecompressor().decompress
    for number, blob in enumerate(blobs):
        if blob:
            code, body = _opened(blob, decompress)
            row_bytes = columns * (2 << (code & ~_COMPRESSED))
            bounds[number + 1], beyond = divmod(len(body), row_bytes)
            if beyond:
                raise RollupUnreadable(f"A rollup page ends within a row: {len(body)} bytes in rows of {row_bytes}.")
            codes[number] = code
            bodies.setdefault(code, []).append(body)
    row_codes = np.repeat(codes, bounds[1:])
    np.cumsum(bounds, out=bounds)
    if len(bodies) == 1:
        return _joined(*bodies.popitem(), columns), bounds
    rows = np.empty((int(bounds[-1]), columns), dtype=np.int64)
    for code, found in bodies.items():
        rows[np.flatnonzero(row_codes == code)] = _joined(code, found, columns)
    return rows, bounds


def _joined(code: int, bodies: Sequence[bytes], columns: int) -> Ints:
    """Return the rows of bodies that are all of one code."""
    kind = _WIDTHS[code & ~_COMPRESSED]
    if not code & _COMPRESSED:
        return np.frombuffer(b"".join(bodies), dtype=kind).reshape(-1, columns).astype(np.int64)
    row_bytes = columns * np.dtype(kind).itemsize
    rows = np.empty((sum(map(len, bodies)) // row_bytes, row_bytes), dtype=np.uint8)
    np.concatenate([np.frombuffer(body, dtype=np.uint8).reshape(row_bytes, -1).T for body in bodies], out=rows)
    return rows.view(kind).astype(np.int64)


def _opened(blob: bytes, decompress: Callable[[bytes], bytes]) -> tuple[int, bytes]:
    code = blob[1] if len(blob) > _HEAD else -1
    if blob[0] != FORMAT or code & ~_COMPRESSED not in range(len(_WIDTHS)):
        raise RollupUnreadable(f"A rollup page begins with {blob[:_HEAD].hex()}, which this version cannot read.")
    if not code & _COMPRESSED:
        return code, blob[_HEAD:]
    try:
        return code, decompress(blob[_HEAD:])
    except (ZstdError, MemoryError) as error:
        raise RollupUnreadable(f"A rollup page does not decompress: {error}.") from error
