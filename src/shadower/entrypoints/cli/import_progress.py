"""How far an import has come, shown on a terminal."""

from collections.abc import Iterator, Sequence
from time import monotonic
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from shadower.application.ports.import_checkpoints import Checkpoint
from shadower.application.ports.row_reader import Row, RowReader
from shadower.domain.errors import Unavailable

_EVERY = 250
"""Rows between looks at the clock."""


class ImportProgress:
    """A bar on standard error by bytes read, with rows a second and the time left; nothing where nobody watches."""

    def __init__(self, title: str) -> None:
        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task(title, total=None, rate="")
        self._began = monotonic()
        self.checkpoint: Checkpoint | None = None
        """The last one reached."""

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    @property
    def seconds(self) -> float:
        """Since the reading began."""
        return monotonic() - self._began

    def following(self, reader: RowReader) -> RowReader:
        """The same reader, watched; the clock starts."""
        self._began = monotonic()
        self._bar.update(self._task, total=reader.size)
        return _Watched(reader, self)

    def read(self, position: int, rows: int) -> None:
        """So many bytes and rows have been read."""
        rate = f"{rows / max(self.seconds, 0.001):,.0f} rows/s"
        self._bar.update(self._task, completed=position, rate=rate)

    def reached(self, checkpoint: Checkpoint) -> None:
        """Everything up to here is decided."""
        self.checkpoint = checkpoint

    def waiting(self, error: Unavailable, seconds: float) -> None:
        """Nothing moves for a while."""
        if self._console.is_terminal:
            self._console.print(f"{error} Trying again in {seconds:.1f} s.", style="yellow", markup=False)


class _Watched(RowReader):
    def __init__(self, reader: RowReader, progress: ImportProgress) -> None:
        self._reader = reader
        self._progress = progress

    @property
    def columns(self) -> Sequence[str] | None:
        return self._reader.columns

    @property
    def header(self) -> str:
        return self._reader.header

    @property
    def size(self) -> int:
        return self._reader.size

    @property
    def position(self) -> int:
        return self._reader.position

    def __iter__(self) -> Iterator[Row]:
        rows = 0
        for row in self._reader:
            yield row
            rows = row.number
            if not rows % _EVERY:
                self._progress.read(self._reader.position, rows)
        self._progress.read(self._reader.position, rows)
