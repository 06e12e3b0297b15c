"""What an import runs on in these tests: files in a folder, and a sink that can fail in every way a store can."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shadower.adapters.files.checkpoint_file import FileImportCheckpoints
from shadower.adapters.files.rejected_file import FileRejectedRows
from shadower.application.import_file.import_rows import ImportRows, Summary
from shadower.application.import_file.plan import ImportPlan
from shadower.application.ingest_events import Receipt, Result
from shadower.application.ports.event_sink import EventSink
from shadower.application.ports.row_reader import RowReader
from shadower.domain.events.event import Outcome
from shadower.entrypoints.wiring.importing import FileFormat, Reading, opened_rows


class PowerCut(BaseException):
    """The process ends here."""


class Shelf(EventSink):
    """Keeps events by id, and refuses those without a type."""

    def __init__(self) -> None:
        self.events: dict[object, Mapping[str, object]] = {}
        self.sent = 0
        self.before_storing: Callable[[], None] = lambda: None
        self.after_storing: Callable[[], None] = lambda: None

    async def send(self, events: Sequence[Mapping[str, object]]) -> Receipt:
        self.before_storing()
        receipt = Receipt()
        for index, event in enumerate(events):
            self._decide(index, event, receipt)
        self.sent += len(events)
        self.after_storing()
        return receipt

    def _decide(self, index: int, event: Mapping[str, object], receipt: Receipt) -> None:
        known = self.events.get(event["id"])
        if "type" not in event:
            receipt.rejected += 1
            receipt.results.append(Result(index, None, Outcome.REJECTED, "missing_field", "type", "type is required"))
        elif known is None:
            self.events[event["id"]] = event
            receipt.stored += 1
        elif known == event:
            receipt.duplicates += 1
            receipt.results.append(Result(index, None, Outcome.DUPLICATE))
        else:
            receipt.conflicts += 1
            receipt.results.append(Result(index, None, Outcome.CONFLICT, "id_conflict", "id", "another content"))


@dataclass
class Stage:
    """One folder, one shelf."""

    folder: Path
    shelf: Shelf = field(default_factory=Shelf)

    @property
    def rejects(self) -> FileRejectedRows:
        return FileRejectedRows(self.folder / "rejects.ndjson")

    @property
    def checkpoints(self) -> FileImportCheckpoints:
        return FileImportCheckpoints(self.folder / "checkpoint.json")

    async def run(
        self, path: Path, plan: ImportPlan, *, source: str = "runs", batch: int = 2, restart: bool = False
    ) -> Summary:
        with opened_rows(path, Reading(FileFormat.CSV)) as reader:
            use_case = ImportRows(reader, self.shelf, self.checkpoints, self.rejects, lambda _: None)
            return await use_case(plan, source=source, batch_size=batch, restart=restart)


@contextmanager
def rows_of(path: Path, content: str | bytes, reading: Reading) -> Iterator[RowReader]:
    """Write a file and open it."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with opened_rows(path, reading) as reader:
        yield reader
