"""
JSON as it is read here: decimals exactly, NaN refused, and no number so long that reading it takes for ever.

The standard library's parser, because it reads one value out of a longer text (`raw_decode`), which is all that
streaming needs. Streaming parsers were tried: of ijson 3.6, the C backend crashes on a number of 5,000 digits and
silently writes `?` for half a surrogate pair, and the Python backend is twenty times slower.
"""

from collections.abc import Mapping
from decimal import Decimal
from json import JSONDecodeError, JSONDecoder

from shadower.domain.events.rejection import Rejection

MOST_DIGITS = 1000

_NO_OBJECT = Rejection("row_not_an_object", None, "the row is not a JSON object")
TOO_DEEP = Rejection("row_too_deep", None, "the row is nested too deep to be read")


class JsonValues:
    """Reads values one after the other."""

    def __init__(self) -> None:
        self._fault: Rejection | None = None
        decoder = JSONDecoder(parse_float=self._decimal, parse_int=self._whole, parse_constant=self._constant)
        self._decode = decoder.raw_decode

    def whole(self, text: str) -> object:
        """Return the value that is all of the text. Raises JSONDecodeError, RecursionError."""
        value, end = self.read(text)
        if end != len(text):
            raise JSONDecodeError("more than one value", text, end)
        return value

    def read(self, text: str, start: int = 0) -> tuple[object, int]:
        """Return the value that begins at `start`, and where it ends. Raises JSONDecodeError, RecursionError."""
        self._fault = None
        return self._decode(text, start)

    def row(self, value: object) -> tuple[Mapping[str, object], Rejection | None]:
        """Return the columns of the value read last, or what is wrong with it."""
        if self._fault is not None:
            return {}, self._fault
        return (value, None) if isinstance(value, dict) else ({}, _NO_OBJECT)

    def _whole(self, digits: str) -> int:
        return int(digits) if len(digits) <= MOST_DIGITS else self._too_long(digits)

    def _decimal(self, digits: str) -> Decimal | int:
        try:
            return Decimal(digits) if len(digits) <= MOST_DIGITS else self._too_long(digits)
        except ArithmeticError:
            return self._too_long(digits)

    def _too_long(self, digits: str) -> int:
        self._fault = Rejection("row_number_too_long", None, f"a number of the row cannot be kept: {digits[:20]}…")
        return 0

    def _constant(self, word: str) -> None:
        self._fault = Rejection("row_not_json", None, f"{word} is not JSON")


def not_json(error: JSONDecodeError) -> Rejection:
    """Return what is told of a row that cannot be parsed."""
    return Rejection("row_not_json", None, f"the row is not JSON: {error.msg} at character {error.pos + 1}")
