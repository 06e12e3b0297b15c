"""One file as text: decompressed, decoded, and with the place on disk that has been read up to."""

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from shadower.application.ports.row_reader import FileUnreadable

_GZIP = b"\x1f\x8b"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_UNDECODABLE = "surrogateescape"
"""Bytes that are no text become lone surrogates: the row they are in is refused, and its neighbours are not."""


class OpenedFile:
    """A file open for one reading. Raises FileUnreadable when it cannot be opened."""

    def __init__(self, path: Path, encoding: str | None) -> None:
        """Without an encoding, UTF-8 is read, or UTF-16 when the file begins with its mark; a mark is no text."""
        self.path = path
        with readable(path), ExitStack() as undo:
            self._file: IO[bytes] = undo.enter_context(path.open("rb"))
            self.size = os.fstat(self._file.fileno()).st_size
            stream = self._decompressed()
            self.text = _decoded(stream, encoding or _encoding_of(stream))
            undo.pop_all()

    @property
    def position(self) -> int:
        """Bytes on disk that have been read."""
        return self._file.tell()

    def close(self) -> None:
        """Close it."""
        self.text.close()
        self._file.close()

    def _decompressed(self) -> gzip.GzipFile | IO[bytes]:
        begins_with = self._file.read(len(_GZIP))
        self._file.seek(0)
        return gzip.GzipFile(fileobj=self._file) if begins_with == _GZIP else self._file


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say in our words what keeps a file from being read."""
    try:
        yield
    except UnicodeError as error:
        raise FileUnreadable(f"{path} is not text in this encoding ({error}); try --encoding.") from error
    except (EOFError, zlib.error) as error:
        raise FileUnreadable(f"{path}: the compressed data ends too early or is damaged.") from error
    except OSError as error:
        raise FileUnreadable(f"{path}: {error.strerror or error}") from error


def _encoding_of(stream: gzip.GzipFile | IO[bytes]) -> str:
    mark = stream.read(2)
    stream.seek(0)
    return "utf-16" if mark in _UTF_16 else "utf-8-sig"


def _decoded(stream: gzip.GzipFile | IO[bytes], encoding: str) -> TextIOWrapper:
    try:
        return TextIOWrapper(stream, encoding, _UNDECODABLE, newline="")
    except LookupError:
        raise FileUnreadable(f"There is no encoding {encoding!r}; usual ones are utf-8, cp1252 and utf-16.") from None
