"""The library's cache, of bytes alone: it would unpickle what it finds."""

import sqlite3
from pathlib import Path
from typing import Any, Final

from diskcache import Cache, Disk, Timeout  # type: ignore[import-untyped]
from diskcache.core import MODE_BINARY, MODE_RAW  # type: ignore[import-untyped]

TROUBLES: Final = (sqlite3.Error, OSError, ValueError, Timeout)
"""What goes wrong with a disk, with what is on it, or with who else uses it."""

_PATIENCE: Final = 1.0
"""Seconds to wait for another process that writes."""


class BytesDisk(Disk):  # type: ignore[misc] # the library has no types
    """Reads and writes bytes, and whole numbers for counts; keys are texts. Raises ValueError for anything else."""

    def get(self, key: Any, raw: Any) -> str:  # noqa: ANN401 - as the library hands it over
        """Return a key as it is in the database."""
        if not raw or not isinstance(key, str):
            raise ValueError("A key in the cache on disk is no text.")
        return key

    def put(self, key: Any) -> tuple[str, bool]:  # noqa: ANN401 - as above
        """Return a key as it goes into the database."""
        if not isinstance(key, str):
            raise TypeError("Keys of the cache on disk are texts.")
        return key, True

    def store(self, value: Any, read: Any, key: Any = None) -> Any:  # noqa: ANN401 - as above
        """Write a value."""
        if read or not isinstance(value, bytes | int):
            raise TypeError("Values of the cache on disk are bytes.")
        return super().store(value, read, key)

    def fetch(self, mode: Any, filename: Any, value: Any, read: Any) -> Any:  # noqa: ANN401 - as above
        """Read a value."""
        if mode not in (MODE_RAW, MODE_BINARY) or not isinstance(value, bytes | int | None):
            raise ValueError("A value in the cache on disk is not of bytes.")
        return super().fetch(mode, filename, value, read)


def open_cache(folder: Path, limit: int) -> Cache:
    """Open what is in the folder, or begin anew; `limit` in bytes. What was stored first goes first."""
    return Cache(str(folder), timeout=_PATIENCE, disk=BytesDisk, size_limit=limit, tag_index=True)


def delete_tagged(cache: Cache, tag: str) -> None:
    """Drop every value with the tag: the library knows one per value, which is all of ours in one text."""
    combined = [row[0] for row in cache._sql("SELECT DISTINCT tag FROM Cache WHERE tag IS NOT NULL")]  # noqa: SLF001 - nothing public tells
    for one in combined:
        if tag in one.split("\n"):
            cache.evict(one)
