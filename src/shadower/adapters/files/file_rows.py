"""What readers of every format have in common."""

from collections.abc import Sequence

from shadower.adapters.files.opened import OpenedFile
from shadower.application.ports.row_reader import RowReader


class FileRows(RowReader):
    """Rows of an open file, each naming its own columns unless the format says otherwise."""

    def __init__(self, file: OpenedFile) -> None:
        self._file = file

    @property
    def columns(self) -> Sequence[str] | None:
        return None

    @property
    def header(self) -> str:
        return ""

    @property
    def size(self) -> int:
        return self._file.size

    @property
    def position(self) -> int:
        return self._file.position
