"""Answers as tables: rows of plain values, and data frames for those who have pandas or polars."""

from collections.abc import Iterator
from decimal import Decimal
from html import escape
from importlib import import_module
from typing import Any

Row = dict[str, Any]

SHOWN = 20
"""Rows a notebook shows."""


class ExtraMissing(ImportError):
    """Something optional is asked for that is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"This needs {package}: pip install 'shadower[{extra}]'", name=package)


def needed(package: str, extra: str) -> Any:  # noqa: ANN401 - a module
    """Return the package. Raises ExtraMissing."""
    try:
        return import_module(package)
    except ImportError as error:
        raise ExtraMissing(package, extra) from error


class Table:
    """
    Rows of an answer.

    `to_dicts` keeps every value exact: decimals, whole numbers, datetimes with a time zone. Data frames compute in
    binary floats, so their columns of decimals are floats.
    """

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def to_dicts(self) -> list[Row]:
        """Return the rows, the caller's to change."""
        return [dict(row) for row in self._rows]

    def to_pandas(self) -> Any:  # noqa: ANN401 - known only where pandas is installed
        """Return a pandas DataFrame. Raises ExtraMissing."""
        return needed("pandas", "pandas").DataFrame(self._for_frames(), columns=self._columns())

    def to_polars(self) -> Any:  # noqa: ANN401 - known only where polars is installed
        """Return a polars DataFrame. Raises ExtraMissing."""
        frame = needed("polars", "polars").DataFrame(self._for_frames(), infer_schema_length=None)
        return frame.select(self._columns()) if self._rows else frame

    def __iter__(self) -> Iterator[Row]:
        return iter(self.to_dicts())

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} rows>"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(column)}</th>" for column in self._columns())
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(_shown(value))}</td>" for value in row.values()) + "</tr>"
            for row in self._rows[:SHOWN]
        )
        more = f"<p>… {len(self) - SHOWN:,} more</p>" if len(self) > SHOWN else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"

    def _columns(self) -> list[str]:
        return list(self._rows[0]) if self._rows else []

    def _for_frames(self) -> list[Row]:
        return [{name: _float(value) for name, value in row.items()} for row in self._rows]


def _float(value: Any) -> Any:  # noqa: ANN401 - any value of a row
    return float(value) if isinstance(value, Decimal) else value


def _shown(value: Any) -> str:  # noqa: ANN401 - any value of a row
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
