"""Rows set aside, as NDJSON: one object a row."""

import re
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import msgspec

from shadower.application.ports.rejected_rows import RejectedRow, RejectedRows, RejectedRowsMisplaced

_BEGINNING = b'{"row":'
_NO_TEXT = re.compile("[\ud800-\udfff]")


class FileRejectedRows(RejectedRows):
    """
    A file that is there only when there is a row in it. A mark is its length in bytes.

    Each line has `row`, `outcome`, `code`, `field`, `message` and `text`. Bytes of the row that are no text are shown
    as U+FFFD.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def put(self, rows: Iterable[RejectedRow]) -> int:
        lines = b"".join(_line(row) for row in rows)
        if not lines:
            return self._length()
        with self.path.open("ab") as file:
            file.write(lines)
            return file.tell()

    def rewind(self, mark: int) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self._is_ours():
            raise RejectedRowsMisplaced(
                f"{self.path} holds something else already; name another file for rejected rows."
            )
        if mark == 0:
            self.path.unlink(missing_ok=True)
        elif self._length() > mark:
            with self.path.open("r+b") as file:
                file.truncate(mark)

    def _is_ours(self) -> bool:
        """Never take a file away that somebody else wrote."""
        if not self.path.exists():
            return True
        if not self.path.is_file():
            return False
        with self.path.open("rb") as file:
            return file.read(len(_BEGINNING)) in (b"", _BEGINNING)

    def _length(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0


def _line(row: RejectedRow) -> bytes:
    told = {
        name: _NO_TEXT.sub("\ufffd", value) if isinstance(value, str) else value for name, value in asdict(row).items()
    }
    return msgspec.json.encode(told) + b"\n"
