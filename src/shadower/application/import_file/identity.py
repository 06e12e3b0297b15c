"""Which row is which: the id its event gets, and the trail that tells whether rows seen before are the same."""

from hashlib import sha256

from shadower.application.ports.row_reader import Row

_DIGITS = 32
"""128 bits: two rows never share them by chance."""


def row_id(source: str, row: Row) -> str:
    """
    Return the id of the event made from a row, unless the file has ids of its own.

    It depends on the source, the number of the row and its text, and on nothing else: identical rows are distinct
    events, and the same row is the same event whenever and however it is read.
    """
    told = f"{source}\0{row.number}\0{row.text}"
    return f"row-{row.number}-{sha256(_bytes(told)).hexdigest()[:_DIGITS]}"


class Trail:
    """Stands for a header and all rows passed so far, in order."""

    def __init__(self, header: str) -> None:
        self._hash = sha256()
        self.rows = 0
        self._add(header)

    def passed(self, row: Row) -> None:
        """Go on by one row."""
        self._add(row.text)
        self.rows += 1

    def digest(self) -> str:
        """Return 64 hexadecimal digits: the same header and rows, and nothing else, give the same."""
        return self._hash.hexdigest()

    def _add(self, text: str) -> None:
        encoded = _bytes(text)
        self._hash.update(len(encoded).to_bytes(8, "big"))
        self._hash.update(encoded)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
