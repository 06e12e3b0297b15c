"""What was asked of `shadower import`, read and checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shadower.application.import_file.errors import PlanInvalid
from shadower.application.import_file.plan import ImportPlan, pairs
from shadower.application.import_file.times import UNIX_FORMATS, ClockChange, MomentReader
from shadower.domain.events.admission import LONGEST_SOURCE
from shadower.domain.events.event import OWN_SOURCE
from shadower.domain.metrics.zones import time_zone
from shadower.entrypoints.wiring.importing import FileFormat, Reading

_FORMATS = {
    ".csv": FileFormat.CSV,
    ".tsv": FileFormat.CSV,
    ".tab": FileFormat.CSV,
    ".ndjson": FileFormat.NDJSON,
    ".jsonl": FileFormat.NDJSON,
    ".json": FileFormat.JSON,
}
_TABBED = frozenset({".tsv", ".tab"})
_DELIMITERS = {"tab": "\t", "\\t": "\t", "space": " "}
_NOT_A_DELIMITER = frozenset('"\r\n')


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """The options as given; None where they were not. Reading one that is wrong raises PlanInvalid and the like."""

    path: Path
    workspace: str | None
    file_format: str | None
    mapped: Sequence[str]
    constants: Sequence[str]
    ignored: Sequence[str]
    rest_into_data: bool
    zone: str | None
    time_format: str | None
    clock_change: str
    delimiter: str | None
    no_header: bool
    encoding: str | None
    records: str | None
    source: str | None
    batch: int
    restart: bool
    dry_run: bool
    rejects: Path | None
    url: str | None
    key: str | None

    def reading(self) -> Reading:
        """How the file is taken apart."""
        given = self.file_format or _FORMATS.get(self._ending())
        if given is None:
            raise PlanInvalid(f"{self.path.name} does not tell its format: --format csv, ndjson or json.")
        return Reading(FileFormat(given), self._delimiter(), self.records, self.encoding, has_header=not self.no_header)

    def plan(self) -> ImportPlan:
        """How rows become events."""
        return ImportPlan(
            reading=self.reading().facts(),
            mapped=pairs(self.mapped, "--map"),
            constants=pairs(self.constants, "--set"),
            ignored=self.ignored,
            rest_into_data=self.rest_into_data,
            moments=self._moments(),
        )

    def source_name(self) -> str:
        """What rows and events are from; compressing a file does not make it another one."""
        name = self.source if self.source is not None else self.path.name.removesuffix(".gz")
        if name == OWN_SOURCE or not 0 < len(name) <= LONGEST_SOURCE:
            raise PlanInvalid(f"{name!r} cannot be a source; --source NAME, of at most {LONGEST_SOURCE} characters.")
        return name

    def rejects_file(self) -> Path | None:
        """Where rejected rows shall go."""
        if self.rejects is not None and self.rejects.resolve() == self.path.resolve():
            raise PlanInvalid("--rejects names the file that is to be imported.")
        return self.rejects

    def api_key(self) -> str:
        """The key itself, which may be in a file so that nobody sees it among the processes."""
        if not self.key:
            raise PlanInvalid("--url needs --key KEY, or --key @FILE for a file that holds it.")
        return Path(self.key[1:]).read_text("utf-8").strip() if self.key.startswith("@") else self.key

    def _ending(self) -> str:
        return Path(self.path.name.removesuffix(".gz")).suffix.lower()

    def _delimiter(self) -> str:
        if self.delimiter is None:
            return "\t" if self._ending() in _TABBED else ","
        delimiter = _DELIMITERS.get(self.delimiter, self.delimiter)
        if len(delimiter) != 1 or delimiter in _NOT_A_DELIMITER:
            raise PlanInvalid("--delimiter is one character, or the word tab.")
        return delimiter

    def _moments(self) -> MomentReader:
        if self.time_format is not None and self.time_format not in UNIX_FORMATS and "%" not in self.time_format:
            known = ", ".join(UNIX_FORMATS)
            raise PlanInvalid(f"--time-format {self.time_format}: one of {known}, or a pattern like '%d.%m.%Y %H:%M'.")
        zone = None if self.zone is None else time_zone(self.zone)
        return MomentReader(zone, self.time_format, ClockChange(self.clock_change))
