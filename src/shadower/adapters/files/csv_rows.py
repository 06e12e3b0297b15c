"""Rows of delimited text: RFC 4180, with any delimiter and any end of line."""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import count

from shadower.adapters.files.file_rows import FileRows
from shadower.adapters.files.lines import TOO_LONG, UNDECODABLE, Line, is_decodable, lines
from shadower.adapters.files.opened import OpenedFile, readable
from shadower.application.ports.row_reader import FileUnreadable, Row
from shadower.domain.events.rejection import Rejection

_LONGEST_FIELD = 1024 * 1024
"""Characters. A quote that is never closed would otherwise swallow the rest of the file."""


class CsvRows(FileRows):
    """Reads a file whose first record names the columns; without one, they are numbered from 1."""

    def __init__(self, file: OpenedFile, delimiter: str, *, has_header: bool = True) -> None:
        csv.field_size_limit(_LONGEST_FIELD)
        super().__init__(file)
        self._lines = _Lines(lines(file.text))
        # Strict: a row whose quotes do not match is refused, not guessed at.
        self._records = csv.reader(self._lines, delimiter=delimiter, strict=True)
        first, text = self._first()
        if has_header:
            self._columns, self._header = [cell.strip() for cell in first], text
        else:
            self._columns, self._header = [str(number) for number, _ in enumerate(first, 1)], ""
            self._lines.give_back()

    @property
    def columns(self) -> Sequence[str]:
        return self._columns

    @property
    def header(self) -> str:
        return self._header

    def __iter__(self) -> Iterator[Row]:
        numbers = count(1)
        with readable(self._file.path):
            while (record := self._next()) is not None:
                cells, text = record
                if isinstance(cells, Rejection):
                    yield Row(next(numbers), text, {}, cells)
                elif cells:
                    yield self._row(next(numbers), text, cells)

    def _first(self) -> tuple[Sequence[str], str]:
        with readable(self._file.path):
            while (record := self._next()) is not None:
                cells, text = record
                if isinstance(cells, Rejection):
                    raise FileUnreadable(f"{self._file.path}: the first row cannot be read: {cells.message}.")
                if cells:
                    return cells, text
        return (), ""

    def _next(self) -> tuple[list[str] | Rejection, str] | None:
        """Return the next record, or why it is none, with its text; None at the end."""
        self._lines.begin_record()
        try:
            cells = next(self._records)
        except StopIteration:
            return None
        except _LineTooLong:
            return TOO_LONG, self._lines.only_the_first()
        except csv.Error as error:
            return Rejection("row_malformed", None, _told(error)), self._lines.only_the_first()
        return cells, self._lines.record()

    def _row(self, number: int, text: str, cells: list[str]) -> Row:
        if not is_decodable(text):
            return Row(number, text, {}, UNDECODABLE)
        if len(cells) != len(self._columns):
            told = f"the row has {len(cells)} columns, the header has {len(self._columns)}"
            return Row(number, text, {}, Rejection("row_wrong_width", None, told))
        return Row(number, text, dict(zip(self._columns, cells, strict=True)))


class _LineTooLong(Exception):
    """Ends the record in which it happens."""


class _Lines(Iterator[str]):
    """Feeds the parser, remembers what it took for the present record, and gives back what it should not have taken."""

    def __init__(self, source: Iterator[Line]) -> None:
        self._source = source
        self._given_back: deque[Line] = deque()
        self._taken: list[Line] = []

    def __next__(self) -> str:
        line = self._given_back.popleft() if self._given_back else next(self._source)
        self._taken.append(line)
        if not line.whole:
            raise _LineTooLong
        return line.text

    def begin_record(self) -> None:
        self._taken = []

    def record(self) -> str:
        return "".join(line.text for line in self._taken).rstrip("\r\n")

    def only_the_first(self) -> str:
        """The record failed: its first line is at fault, and those behind it get another chance."""
        first, *self._taken = self._taken
        self.give_back()
        return first.text.rstrip("\r\n")

    def give_back(self) -> None:
        """The record shall come again."""
        self._given_back.extendleft(reversed(self._taken))


def _told(error: csv.Error) -> str:
    reason = str(error)
    if "field larger" in reason or "unexpected end of data" in reason:
        return f"a quote is opened and never closed, or a value is longer than {_LONGEST_FIELD:,} characters"
    return f"the row is not well-formed: {reason}"
