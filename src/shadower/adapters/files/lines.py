"""Lines of a text, none longer than what is worth holding in memory."""

from collections.abc import Iterator
from io import TextIOWrapper
from typing import NamedTuple

from shadower.domain.events.rejection import Rejection

LONGEST = 16 * 1024 * 1024
"""Characters of a line, or of a JSON value."""

TOO_LONG = Rejection(
    "row_too_long", None, f"the row is longer than {LONGEST:,} characters; only its beginning is shown"
)
UNDECODABLE = Rejection(
    "row_undecodable", None, "the row holds bytes that are no text in this encoding; --encoding names another"
)

_SHOWN = 1000


class Line(NamedTuple):
    """A line with its end, as it stands in the file."""

    text: str
    whole: bool
    """False when it is too long, and only its beginning is here."""


def lines(text: TextIOWrapper) -> Iterator[Line]:
    """Read on to the end of the file."""
    while line := text.readline(LONGEST):
        if len(line) < LONGEST or line.endswith(("\n", "\r")):
            yield Line(line, whole=True)
        else:
            yield Line(line[:_SHOWN], whole=False)
            _skip_line(text)


def is_decodable(text: str) -> bool:
    """Whether no byte of it was beyond the encoding."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _skip_line(text: TextIOWrapper) -> None:
    while rest := text.readline(LONGEST):
        if rest.endswith(("\n", "\r")):
            return
