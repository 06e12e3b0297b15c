"""The vocabulary of a chart: what a specification is, and what it draws from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Spec = dict[str, Any]
"""A Vega-Lite specification, or a part of one: plain JSON values, safe to serialise as it is."""

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"

POINTS = "points"
"""
The data set a chart draws: one row per bucket and series.

`start`, `end`, `at` (the middle): milliseconds since 1970. `series`: the title of a `Series`. `value`: a number to
draw, or null for a gap. `period`: `current` or `previous`. `partial`: the bucket is still running. `alone`: both
neighbours are gaps, so that a line would not show it.
"""

BUCKETS = "buckets"
"""
The data set a reader points at: one row per bucket, with `start`, `end`, `when` (the bucket in words, in the
workspace's time zone), and under the title of each series the exact value as text.
"""

BEFORE = "Before"
"""The series that stands for the previous period."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line, or one colour of a stack. `ink` is a name in the theme (`theme.Ink`)."""

    title: str
    ink: str


def with_rows(
    spec: Spec,
    points: Iterable[Mapping[str, Any]],
    buckets: Iterable[Mapping[str, Any]],
    ticks: Mapping[int, str],
) -> Spec:
    """The specification with its data inside, complete for a notebook or a PDF. `ticks`: milliseconds → label."""
    labels = {str(at): label for at, label in ticks.items()}
    bound = {"ticks": list(ticks), "labels": labels}
    params = [{**param, "value": bound[param["name"]]} if param["name"] in bound else param for param in spec["params"]]
    return {**spec, "params": params, "datasets": {POINTS: list(points), BUCKETS: list(buckets)}}
