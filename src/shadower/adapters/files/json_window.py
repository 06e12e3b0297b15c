"""A window that moves over a JSON document, never wider than a few of its values."""

from collections.abc import Iterator
from io import TextIOWrapper
from json import JSONDecodeError

from shadower.adapters.files.json_values import JsonValues
from shadower.adapters.files.lines import LONGEST
from shadower.application.ports.row_reader import FileUnreadable

_CHUNK = 64 * 1024
_WHITE = " \t\r\n"


class JsonWindow:
    """
    Reads what comes next. A value that does not fit the window makes it wider, up to `LONGEST` characters.

    Every method raises JSONDecodeError where the document is not JSON, and FileUnreadable for a value too long.
    """

    def __init__(self, text: TextIOWrapper, values: JsonValues) -> None:
        self._text = text
        self._values = values
        self._window = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """Return the next character that is not white space; empty at the end."""
        while True:
            while self._at < len(self._window):
                if self._window[self._at] not in _WHITE:
                    return self._window[self._at]
                self._at += 1
            if not self._widen():
                return ""

    def value(self) -> tuple[str, object]:
        """Read one value; return it as it stands and as it is."""
        self.peek()
        while True:
            try:
                value, end = self._values.read(self._window, self._at)
                if end < len(self._window) or not self._widen():
                    text = self._window[self._at : end]
                    self._at = end
                    return text, value
            except JSONDecodeError as error:
                if len(self._window) - self._at >= LONGEST:
                    told = f"A value is malformed, or longer than {LONGEST:,} characters: {error.msg}."
                    raise FileUnreadable(told) from error
                if not self._widen():
                    raise
            except RecursionError as error:
                raise FileUnreadable("The document is nested too deep to be read.") from error

    def elements(self) -> Iterator[tuple[str, object]]:
        """Read an array."""
        self._expect("[")
        if self.peek() == "]":
            return
        while True:
            yield self.value()
            if self._expect(",]") == "]":
                return

    def members(self) -> Iterator[str]:
        """Read an object, if there is one; after each key, its value is what comes next."""
        if self.peek() != "{":
            return
        self._at += 1
        if self.peek() == "}":
            return
        while True:
            _, key = self.value()
            self._expect(":")
            yield str(key)
            if self._expect(",}") == "}":
                return

    def _expect(self, any_of: str) -> str:
        found = self.peek()
        if not found or found not in any_of:
            wanted = " or ".join(any_of)
            raise JSONDecodeError(f"expected {wanted}, found {found or 'the end of the file'}", "", 0)
        self._at += 1
        return found

    def _widen(self) -> bool:
        """Read on, twice as much as is held; False when there is no more."""
        if self._ended:
            return False
        held = self._window[self._at :]
        more = self._text.read(max(_CHUNK, len(held)))
        self._ended = not more
        self._window, self._at = held + more, 0
        return bool(more)
