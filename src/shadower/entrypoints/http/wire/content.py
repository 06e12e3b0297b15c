"""
Content-Encoding and Content-Type.

Decompression is bounded while it happens, so a small body that unfolds to gigabytes costs no more than the limit.
"""

import zlib
from collections.abc import Callable, Mapping

import zstandard

from shadower.entrypoints.reading.errors import EncodingBroken, TooLarge, UnsupportedEncoding, UnsupportedType

LARGEST_BODY = 16 * 1024 * 1024
"""Bytes, as sent and decompressed alike."""
LARGEST_WINDOW = 8 * 1024 * 1024
"""Of zstd as a Content-Encoding (RFC 9659)."""
ZSTD_PIECE = 512
"""A zstd block of 4 bytes may unfold to 128 KiB, so this many bytes unfold to at most 16 MiB at a time."""
MOST_MEMBERS = 1_000
"""Compressed parts in a row; some compressors start a new one per write."""

_GZIP_MEMBER = 31
_ZLIB = 15
_RAW_DEFLATE = -15

JSON_TYPES = frozenset({"application/json"})
LINES_TYPES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii"})


def is_lines(content_type: str) -> bool:
    """Whether the body is NDJSON; no type at all counts as JSON. Raises UnsupportedType."""
    media, _, parameters = content_type.lower().partition(";")
    media = media.strip()
    charset = parameters.partition("charset=")[2].partition(";")[0].strip().strip('"')
    if charset and charset not in _UTF_8:
        raise UnsupportedType(f"Events are read as UTF-8, not as {charset[:40]!r}.", field="Content-Type")
    if not media or media in JSON_TYPES:
        return False
    if media in LINES_TYPES:
        return True
    raise UnsupportedType(
        f"Events come as application/json or application/x-ndjson, not as {media[:80]!r}.", field="Content-Type"
    )


def decompressor(content_encoding: str) -> Callable[[bytes], bytes] | None:
    """Return what undoes the encoding, None when there is nothing to undo. Raises UnsupportedEncoding."""
    name = content_encoding.strip().lower()
    if name in {"", "identity"}:
        return None
    if name not in _DECOMPRESSORS:
        raise UnsupportedEncoding(
            f"The encodings are identity, gzip, deflate and zstd, not {name[:40]!r}.", field="Content-Encoding"
        )
    return _DECOMPRESSORS[name]


def too_large() -> TooLarge:
    """Return what is told of a body beyond the limit."""
    return TooLarge(f"A body may have at most {LARGEST_BODY // 1024 // 1024} MiB, also decompressed; send it in parts.")


def gunzip(body: bytes) -> bytes:
    """Undo gzip (RFC 1952), several members in a row included. Raises EncodingBroken, TooLarge."""
    return _one_after_another(body, lambda rest, most: _inflate(rest, _GZIP_MEMBER, most))


def inflate(body: bytes) -> bytes:
    """Undo deflate: zlib (RFC 1950), as it should be, or bare (RFC 1951), as some send it."""
    wrapped = len(body) >= 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    whole, rest = _inflate(body, _ZLIB if wrapped else _RAW_DEFLATE, LARGEST_BODY)
    if rest:
        raise EncodingBroken("The deflate body goes on after its end.")
    return whole


def unzstd(body: bytes) -> bytes:
    """Undo zstd (RFC 8878), several frames in a row included. Raises EncodingBroken, TooLarge."""
    return _one_after_another(body, _zstd_frame)


def _one_after_another(body: bytes, undo: Callable[[bytes, int], tuple[bytes, bytes]]) -> bytes:
    parts: list[bytes] = []
    size = 0
    while body:
        if len(parts) == MOST_MEMBERS:
            raise EncodingBroken(f"The compressed body has more than {MOST_MEMBERS} parts.")
        part, body = undo(body, LARGEST_BODY - size)
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _zstd_frame(body: bytes, most: int) -> tuple[bytes, bytes]:
    """Return what the first frame unfolds to, and what follows it."""
    frame = zstandard.ZstdDecompressor(max_window_size=LARGEST_WINDOW).decompressobj()
    parts: list[bytes] = []
    size = 0
    try:
        for start in range(0, len(body), ZSTD_PIECE):
            parts.append(frame.decompress(body[start : start + ZSTD_PIECE]))
            size += len(parts[-1])
            if size > most:
                raise too_large()
            if frame.eof:
                return b"".join(parts), frame.unused_data + body[start + ZSTD_PIECE :]
    except zstandard.ZstdError as error:
        raise EncodingBroken(f"The zstd body is broken: {error}.") from None
    raise _cut_short()


def _inflate(body: bytes, window: int, most: int) -> tuple[bytes, bytes]:
    """Return what one stream unfolds to, and what follows it."""
    stream = zlib.decompressobj(window)
    try:
        whole = stream.decompress(body, most + 1)
    except zlib.error as error:
        raise EncodingBroken(f"The body cannot be decompressed: {error}.") from None
    if len(whole) > most:
        raise too_large()
    if not stream.eof:
        raise _cut_short()
    return whole, stream.unused_data


def _cut_short() -> EncodingBroken:
    return EncodingBroken("The compressed body ends before it is complete.")


_DECOMPRESSORS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": gunzip,
    "x-gzip": gunzip,
    "deflate": inflate,
    "zstd": unzstd,
}
