"""Rows of a JSON document: the elements of an array, at the top or at the end of a path of keys."""

from collections.abc import Iterator, Sequence
from itertools import count
from json import JSONDecodeError

from shadower.adapters.files.file_rows import FileRows
from shadower.adapters.files.json_values import JsonValues
from shadower.adapters.files.json_window import JsonWindow
from shadower.adapters.files.lines import UNDECODABLE, is_decodable
from shadower.adapters.files.opened import OpenedFile, readable
from shadower.application.ports.row_reader import FileUnreadable, Row

USUAL_PATH = ("events",)


class JsonRows(FileRows):
    """
    Reads `[row, …]`, `{"events": [row, …]}`, or the array at a path of keys.

    What stands before the array is read and forgotten; what stands after it, beyond the closing bracket, is not looked
    at. A document that stops being JSON ends the reading, because nobody can say where the next row begins.
    """

    def __init__(self, file: OpenedFile, path: Sequence[str] | None) -> None:
        super().__init__(file)
        self._values = JsonValues()
        self._window = JsonWindow(file.text, self._values)
        self._path = path

    def __iter__(self) -> Iterator[Row]:
        number = 0
        with readable(self._file.path):
            try:
                if not self._window.peek():
                    return
                self._find_array()
                for number, (text, value) in zip(count(1), self._window.elements()):
                    yield self._row(number, text, value)
            except JSONDecodeError as error:
                where = f"behind row {number:,}" if number else "at the beginning"
                raise FileUnreadable(f"{self._file.path} is not JSON {where}: {error.msg}.") from error

    def _row(self, number: int, text: str, value: object) -> Row:
        if not is_decodable(text):
            return Row(number, text, {}, UNDECODABLE)
        return Row(number, text, *self._values.row(value))

    def _find_array(self) -> None:
        path = self._path
        if path is None:
            path = () if self._window.peek() == "[" else USUAL_PATH
        for key in path:
            self._enter(key)
        if self._window.peek() != "[":
            raise FileUnreadable(f"{self._file.path}: {'.'.join(path) or 'the document'} is not an array. {_HINT}")

    def _enter(self, wanted: str) -> None:
        seen = []
        for key in self._window.members():
            if key == wanted:
                return
            seen.append(key)
            self._window.value()
        found = f"only {', '.join(seen[:20])}" if seen else "no object"
        raise FileUnreadable(f"{self._file.path}: there is no {wanted!r}, {found}. {_HINT}")


_HINT = "--records PATH names the array that holds the rows, for example --records result.events."
