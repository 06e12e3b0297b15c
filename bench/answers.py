"""Answers in one form, whoever gave them: to be compared."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from bench.questions import QUANTILES, Kind, Question

TOTAL: Final = -1
"""Stands for the whole range among the beginnings of buckets."""
REST: Final = "\0rest"
"""Stands for everything beyond the top N among the groups."""

Cell = dict[str, Any]
"""Measures by name, in the units of the store, as SQL returns them."""

Answer = dict[tuple[str | None, int], Cell]
"""(group, beginning of the bucket in micros) → measures. Nothing for nothing."""

Served = dict[tuple[str | None, int], dict[str, int | str | None]]
"""(group, beginning of the bucket in micros) → metrics as the API writes them."""

PERCENTILE_ERROR = Decimal("0.01")
QUOTIENT_ERROR = Decimal("1e-9")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_UNITS = {"credits": 10**6, "cost": 10**9, "avg_duration": 10**3, **dict.fromkeys(QUANTILES, 10**3)}
"""How many units of the store make one of the API's."""

_QUOTIENTS: dict[str, Callable[[Cell], tuple[int, int]]] = {
    "success_rate": lambda cell: (cell["successes"], cell["successes"] + cell["failures"]),
    "avg_duration": lambda cell: (cell["duration_sum"] or 0, cell["duration_count"]),
}


def served(asked: Question, body: dict[str, Any]) -> Served:
    """Return the answer of the API in this form."""
    if asked.kind is Kind.SUMMARY:
        return {(None, TOTAL): {name: figure["value"] for name, figure in body["metrics"].items()}}
    found: Served = {}
    if asked.kind is Kind.BREAKDOWN:
        found = {(row["key"], TOTAL): row["values"] for row in body["rows"]}
        return found | ({(REST, TOTAL): body["other"]["values"]} if body["other"] else {})
    for series in body["series"]:
        group = next(iter(series["group"].values())) if series["group"] else None
        found.setdefault((group, TOTAL), {})[series["metric"]] = series["total"]
        for point in series["points"]:
            found.setdefault((group, _micros(point["start"])), {})[series["metric"]] = point["value"]
    return found


def differences(answered: Served, expected: Answer) -> list[str]:
    """Return what the API said otherwise than SQL, as sentences."""
    told = [f"{place}: SQL has it, the API does not" for place in expected if place not in answered]
    for place, metrics in answered.items():
        cell = expected.get(place)
        for name, value in metrics.items():
            wanted = None if cell is None else _wanted(name, cell)
            if not _agree(name, value, wanted):
                told.append(f"{place}: {name} is {value}, by SQL {wanted}")
    return told


def _wanted(name: str, cell: Cell) -> Decimal | None:
    if name in _QUOTIENTS:
        above, below = _QUOTIENTS[name](cell)
        return Decimal(int(above)) / below / _UNITS.get(name, 1) if below else None
    value = cell[name]
    return None if value is None else Decimal(int(value)) / _UNITS.get(name, 1)


def _agree(name: str, value: float | str | None, wanted: Decimal | None) -> bool:
    """Whether they are the same. A sum over nothing is 0 here and NULL in SQL."""
    if value is None or wanted is None:
        return wanted is None and (value is None or Decimal(str(value)) == 0)
    error = PERCENTILE_ERROR if name in QUANTILES else QUOTIENT_ERROR if name in _QUOTIENTS else Decimal(0)
    return abs(Decimal(str(value)) - wanted) <= error * abs(wanted)


def _micros(moment: str) -> int:
    passed = datetime.fromisoformat(moment) - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
