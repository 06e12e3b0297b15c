"""Rows of NDJSON: one JSON object a line."""

from collections.abc import Iterator
from itertools import count
from json import JSONDecodeError

from shadower.adapters.files.file_rows import FileRows
from shadower.adapters.files.json_values import TOO_DEEP, JsonValues, not_json
from shadower.adapters.files.lines import TOO_LONG, UNDECODABLE, Line, is_decodable, lines
from shadower.adapters.files.opened import OpenedFile, readable
from shadower.application.ports.row_reader import Row

_WHITE = " \t\r\n"


class NdjsonRows(FileRows):
    """Reads line by line; a line that is not JSON is one row at fault."""

    def __init__(self, file: OpenedFile) -> None:
        super().__init__(file)
        self._values = JsonValues()

    def __iter__(self) -> Iterator[Row]:
        numbers = count(1)
        with readable(self._file.path):
            for line in lines(self._file.text):
                text = line.text.strip(_WHITE)
                if text:
                    yield self._row(next(numbers), text, line)

    def _row(self, number: int, text: str, line: Line) -> Row:
        if not line.whole:
            return Row(number, text, {}, TOO_LONG)
        if not is_decodable(text):
            return Row(number, text, {}, UNDECODABLE)
        try:
            value = self._values.whole(text)
        except JSONDecodeError as error:
            return Row(number, text, {}, not_json(error))
        except RecursionError:
            return Row(number, text, {}, TOO_DEEP)
        return Row(number, text, *self._values.row(value))
