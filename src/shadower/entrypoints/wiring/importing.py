"""Files to import, and what an import remembers."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from shadower.adapters.codec.sent_event import event_json
from shadower.adapters.files.checkpoint_file import FileImportCheckpoints
from shadower.adapters.files.csv_rows import CsvRows
from shadower.adapters.files.json_rows import JsonRows
from shadower.adapters.files.ndjson_rows import NdjsonRows
from shadower.adapters.files.opened import OpenedFile
from shadower.adapters.files.rejected_file import FileRejectedRows
from shadower.adapters.files.tau_bench import tau_bench_events
from shadower.adapters.remote.patience import Patience, PatientSink
from shadower.application.ports.row_reader import RowReader

__all__ = ["FileRejectedRows", "Patience", "PatientSink", "event_json", "tau_bench_events"]


class FileFormat(StrEnum):
    """What files can be read."""

    CSV = "csv"
    NDJSON = "ndjson"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is taken apart."""

    format: FileFormat
    delimiter: str = ","
    """For CSV."""
    records: str | None = None
    """For JSON: the keys that lead to the array, joined by dots; None for the usual places."""
    encoding: str | None = None
    has_header: bool = True
    """For CSV."""

    def facts(self) -> Mapping[str, str]:
        """Return what decides what the rows are, option → value."""
        told = {"--format": str(self.format), "--encoding": self.encoding}
        if self.format is FileFormat.CSV:
            told["--delimiter"] = self.delimiter
            told["--no-header"] = None if self.has_header else "yes"
        if self.format is FileFormat.JSON:
            told["--records"] = self.records
        return {option: value for option, value in told.items() if value is not None}


@contextmanager
def opened_rows(path: Path, reading: Reading) -> Iterator[RowReader]:
    """The rows of a file. Raises FileUnreadable."""
    file = OpenedFile(path, reading.encoding)
    try:
        match reading.format:
            case FileFormat.CSV:
                yield CsvRows(file, reading.delimiter, has_header=reading.has_header)
            case FileFormat.NDJSON:
                yield NdjsonRows(file)
            case FileFormat.JSON:
                yield JsonRows(file, None if reading.records is None else reading.records.split("."))
    finally:
        file.close()


class ImportMemory:
    """What is remembered of one source, sent to one workspace of one store or server."""

    def __init__(self, data_dir: Path, *, store: str, workspace: str, source: str) -> None:
        """`store` tells stores apart; it is never shown."""
        unique = sha256(f"{store}\0{workspace}\0{source}".encode("utf-8", "surrogatepass")).hexdigest()[:12]
        name = f"{re.sub(r'[^A-Za-z0-9._-]+', '-', source)[:60]}-{unique}"
        folder = data_dir / "imports"
        self.checkpoints = FileImportCheckpoints(folder / f"{name}.checkpoint.json")
        self._usual_rejects = folder / f"{name}.rejected.ndjson"

    def rejected_rows(self, chosen: Path | None) -> FileRejectedRows:
        """Where rejected rows go: a file of the user's choice, or one beside the checkpoint."""
        return FileRejectedRows(chosen or self._usual_rejects)
