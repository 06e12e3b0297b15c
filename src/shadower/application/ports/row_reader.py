"""Reading a file row by row, whatever its format."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from shadower.domain.errors import Invalid
from shadower.domain.events.rejection import Rejection


class FileUnreadable(Invalid):
    """The file, or what is left of it, cannot be read; rows that were read before it showed are good."""

    code = "file_unreadable"


class Row(NamedTuple):
    """One row of a file: a record of CSV, a line of NDJSON, an element of a JSON array."""

    number: int
    """1 is the first row; a header and blank lines are none."""
    text: str
    """The row as it stands in the file, without the end of its line. Bytes that are no text are lone surrogates."""
    values: Mapping[str, object]
    """Column → value. Empty when there is a problem."""
    problem: Rejection | None = None
    """Why the row cannot be made sense of."""


class RowReader(Protocol):
    """
    One file, open for one reading.

    Memory depends on the longest row, never on the length of the file.
    """

    @property
    def columns(self) -> Sequence[str] | None:
        """The columns of every row, in order; None when each row names its own."""

    @property
    def header(self) -> str:
        """The text that gives the rows their meaning, such as the first line of a CSV file; may be empty."""

    @property
    def size(self) -> int:
        """Bytes of the file as it lies on disk, when it was opened."""

    @property
    def position(self) -> int:
        """How many of these bytes have been read."""

    @abstractmethod
    def __iter__(self) -> Iterator[Row]:
        """
        Read on, in the order of the file. A row at fault is a Row with a problem and does not end the reading.

        Raises FileUnreadable.
        """
