"""The figures there are, what each must reach, and how a measured one is printed."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import floor, log10

from bench.options import Options
from bench.statistics import Round, median_round

Measure = Callable[[Options], Iterator[Round]]
"""Measures as many rounds as the options want."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured. A ratio is good when it is at least `must`, or with `at_most` when it is no more."""

    name: str
    store: str | None
    unit: str
    about: str
    measure: Measure
    must: float | None = None
    aim: float | None = None
    at_most: bool = False

    def line(self, rounds: Sequence[Round]) -> dict[str, object]:
        """Return what is printed of these rounds."""
        shown = median_round(rounds)
        line: dict[str, object] = {
            "figure": self.name,
            "store": self.store,
            "value": _rounded(shown.value),
            "reference": _rounded(shown.reference),
            "ratio": _rounded(shown.ratio),
            "unit": self.unit,
        }
        if self.must is not None:
            line["must"] = self.limit(self.must)
            line["aim"] = self.limit(self.aim)
            line["met"] = self.good(shown.ratio, self.must)
        line["ratios"] = [_rounded(one.ratio) for one in rounds]
        return line | shown.extras

    def limit(self, number: float | None) -> str | None:
        """Return a limit on the ratio in words."""
        return None if number is None else f"{'<=' if self.at_most else '>='} {number:g}"

    def good(self, ratio: float, limit: float) -> bool:
        """Whether the ratio is on the right side of the limit."""
        return ratio <= limit if self.at_most else ratio >= limit


def chosen(figures: Iterable[Figure], names: Sequence[str]) -> list[Figure]:
    """
    Return the figures with these names; the beginning of a name, up to a `_`, stands for all that share it.

    Raises KeyError with a name that nothing answers to.
    """
    known = list(figures)
    found: list[Figure] = []
    for name in names:
        matching = [figure for figure in known if f"{figure.name}_".startswith(f"{name}_")]
        if not matching:
            raise KeyError(name)
        found += [figure for figure in matching if figure not in found]
    return found if names else [figure for figure in known if figure.must is not None]


def printed(line: dict[str, object]) -> str:
    """Return a line as JSON."""
    return json.dumps(line, ensure_ascii=False)


def table(lines: Iterable[dict[str, object]]) -> str:
    """Return lines as a table in Markdown."""
    rows = ["| figure | store | value | reference | ratio | must | aim |", "|---|---|---:|---:|---:|---:|---:|"]
    for line in lines:
        cells = [
            f"`{line['figure']}`",
            line["store"] or "-",
            f"{_grouped(line['value'])} {line['unit']}",
            f"{_grouped(line['reference'])} {line['unit']}",
            f"**{_grouped(line['ratio'])}**" if line.get("met", True) else f"{_grouped(line['ratio'])} (missed)",
            line.get("must", "-"),
            line.get("aim", "-"),
        ]
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(rows)


def _rounded(number: float) -> float:
    """Four digits that mean something."""
    if number == 0:
        return 0.0
    return round(number, 3 - floor(log10(abs(number))))


def _grouped(number: object) -> str:
    return f"{number:,.0f}" if isinstance(number, float) and abs(number) >= 1000 else f"{number:g}"
