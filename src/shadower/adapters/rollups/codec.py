"""
Rows of whole numbers as blobs, many blobs at a time.

A blob is a format byte, a byte that says how wide its numbers are (2, 4 or 8 bytes, little-endian, by the largest) and
whether they are compressed (Zstandard, above 200 bytes where it helps), and the rows one after the other. No rows, no
bytes.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError

from shadower.adapters.rollups.pages import RollupUnreadable
from shadower.adapters.rollups.table import Ints

FORMAT = 1

_WIDTHS = ("<u2", "<u4", "<i8")
_COMPRESSED = 0x80
_LARGEST_PLAIN = 200
_LEVEL = 1


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
            body = rows[row_widths == width].astype(kind).tobytes()
            ends = np.cumsum(sizes[chosen]) * (rows.shape[1] * np.dtype(kind).itemsize)
            for page, blob in zip(chosen.tolist(), _sealed(body, ends.tolist(), width), strict=True):
                blobs[page] = blob
    return blobs


def _sealed(body: bytes, ends: Sequence[int], width: int) -> Iterator[bytes]:
    """Cut the body at the ends, and compress each piece where that makes it smaller."""
    compress = ZstdCompressor(level=_LEVEL).compress
    plain_head, packed_head = bytes((FORMAT, width)), bytes((FORMAT, width | _COMPRESSED))
    for start, end in pairwise([0, *ends]):
        piece = body[start:end]
        if end - start > _LARGEST_PLAIN and len(packed := compress(piece)) < end - start:
            yield packed_head + packed
        else:
            yield plain_head + piece


def decode_rows(blobs: Sequence[bytes], columns: int) -> tuple[Ints, Ints]:
    """Return the rows of all blobs, and where those of each begin and end. Raises RollupUnreadable."""
    bodies: tuple[list[bytes], ...] = tuple([] for _ in _WIDTHS)
    widths: list[int] = []
    sizes: list[int] = []
    decompress = ZstdDecompressor().decompress
    for blob in blobs:
        width, body = _opened(blob, decompress) if blob else (0, b"")
        row_bytes = columns * (2 << width)
        if len(body) % row_bytes:
            raise RollupUnreadable(f"A rollup page ends within a row: {len(body)} bytes in rows of {row_bytes}.")
        bodies[width].append(body)
        widths.append(width)
        sizes.append(len(body) // row_bytes)
    bounds = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=bounds[1:])
    rows = np.empty((int(bounds[-1]), columns), dtype=np.int64)
    row_widths = np.repeat(np.array(widths, dtype=np.int64), np.diff(bounds))
    for width, kind in enumerate(_WIDTHS):
        if bodies[width]:
            rows[row_widths == width] = np.frombuffer(b"".join(bodies[width]), dtype=kind).reshape(-1, columns)
    return rows, bounds


def _opened(blob: bytes, decompress: Callable[[bytes], bytes]) -> tuple[int, bytes]:
    if len(blob) < 3 or blob[0] != FORMAT:
        raise RollupUnreadable(f"A rollup page has format {blob[0]}; this version reads format {FORMAT}.")
    width = blob[1] & ~_COMPRESSED
    if width >= len(_WIDTHS):
        raise RollupUnreadable(f"A rollup page has numbers of the unknown width {width}.")
    if not blob[1] & _COMPRESSED:
        return width, blob[2:]
    try:
        return width, decompress(blob[2:])
    except (ZstdError, MemoryError) as error:
        raise RollupUnreadable(f"A rollup page does not decompress: {error}.") from error
