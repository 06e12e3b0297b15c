"""From a row to an event."""

from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import NamedTuple

from shadower.application.import_file.errors import ColumnUnknown
from shadower.application.import_file.fields import DATA, FIELDS, OCCURRED_AT, Path, path_of, suggestion
from shadower.application.import_file.identity import row_id
from shadower.application.import_file.plan import ImportPlan
from shadower.application.import_file.values import ReadValue, reader_for
from shadower.application.ports.row_reader import Row
from shadower.domain.events.rejection import Rejected


class _Assignment(NamedTuple):
    path: Path
    column: str
    read: ReadValue


class RowMapping:
    """
    Makes the rows of one file into events, as a plan says.

    A column named like a field is that field, unless the plan says otherwise; the id alone must be asked for, because
    two files may well number their rows alike. Empty values are absent. Raises ColumnUnknown when made for columns that
    do not fit the plan.
    """

    def __init__(self, plan: ImportPlan, source: str, columns: Sequence[str] | None) -> None:
        """`columns` of every row, or None when each row names its own."""
        self.source = source
        self._rest = plan.rest_into_data
        self._constants = [
            (path_of(field), reader_for(path_of(field), plan.moments)(value)) for field, value in plan.constants.items()
        ]
        named = [*plan.mapped.items(), *_by_their_names(plan, columns)]
        if columns is not None:
            _check(columns, [column for _, column in named], rest=self._rest)
        paths = [(path_of(field), column) for field, column in named]
        self._assignments = [_Assignment(path, column, reader_for(path, plan.moments)) for path, column in paths]
        self._assignments.sort(key=lambda each: len(each.path))  # data itself before the places in it
        self._timed = OCCURRED_AT[0] in (plan.mapped if columns is None else dict(named))
        self._spoken_for = {*(column for _, column in named), *plan.ignored}
        self.unseen = set(plan.mapped.values())
        """Columns the plan names for which no row has had a value so far."""

    @property
    def is_undated(self) -> bool:
        """Whether no row can say when it happened."""
        return all(each.path != OCCURRED_AT for each in self._assignments)

    @property
    def described(self) -> list[tuple[str, str]]:
        """Field and column, for every column that is read."""
        return [(".".join(each.path), each.column) for each in self._assignments]

    def event(self, row: Row) -> dict[str, object]:
        """Return the event as it is sent. Raises Rejected for a row that cannot be one."""
        if row.problem is not None:
            raise Rejected(row.problem.code, row.problem.field, row.problem.message)
        event: dict[str, object] = {"id": row_id(self.source, row), "source": self.source}
        if self._rest:
            event["data"] = self._unmapped(row.values)
        for path, value in self._constants:
            _put(event, path, deepcopy(value))
        for path, column, read in self._assignments:
            value = _find(row.values, column)
            if value is None or value == "":
                self._check_time(path, column)
                continue
            self.unseen.discard(column)
            _put(event, path, read(value))
        if not event.get("data", True):
            del event["data"]
        return event

    def _unmapped(self, values: Mapping[str, object]) -> dict[str, object]:
        return {
            column: value
            for column, value in values.items()
            if column and column not in self._spoken_for and value is not None and value != ""
        }

    def _check_time(self, path: Path, column: str) -> None:
        if path == OCCURRED_AT and self._timed:
            raise Rejected(
                "timestamp_missing", "occurred_at", f"{column} is empty, so it is unknown when this happened"
            )


def _by_their_names(plan: ImportPlan, columns: Sequence[str] | None) -> list[tuple[str, str]]:
    taken = {*plan.mapped, *plan.mapped.values(), *plan.constants, *plan.ignored, "id"}
    return [(field, field) for field in FIELDS if field not in taken and (columns is None or field in columns)]


def _check(columns: Sequence[str], wanted: Sequence[str], *, rest: bool) -> None:
    times = Counter(columns)
    for column in wanted:
        if not times[column]:
            raise ColumnUnknown(_no_such_column(column, columns))
    for column in columns if rest else wanted:
        if column and times[column] > 1:
            raise ColumnUnknown(
                f"The file has {times[column]} columns named {column!r}; it is not clear which is meant."
            )


def _no_such_column(column: str, columns: Sequence[str]) -> str:
    known = ", ".join(columns)
    hint = suggestion(column, columns)
    if len(columns) == 1:
        hint += " Perhaps the file has another delimiter: --delimiter ';' or --delimiter tab."
    return f"The file has no column {column!r}.{hint} Its columns are {known}."


def _find(values: Mapping[str, object], column: str) -> object:
    """A key of the row, or a path of keys joined by dots."""
    if column in values or "." not in column:
        return values.get(column)
    found: object = values
    for key in column.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _put(event: dict[str, object], path: Path, value: object) -> None:
    place = event
    for key in path[:-1]:
        inner = place.setdefault(key, {})
        if not isinstance(inner, dict):
            raise Rejected(
                "data_invalid", ".".join(path), f"{key} has a value of its own and cannot hold {path[-1]} too"
            )
        place = inner
    here = place.get(path[-1])
    if path == DATA and isinstance(here, dict) and isinstance(value, dict):
        value = {**here, **value}
    place[path[-1]] = value
