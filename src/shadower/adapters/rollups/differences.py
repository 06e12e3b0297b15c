"""What pages contain, plainly, and what two sets of pages say differently: for checking them against a recount."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from shadower.adapters.rollups.columns import STATUS_CODES
from shadower.adapters.rollups.id_sets import bitmap
from shadower.adapters.rollups.pages import PageBlobs, PageKey, RollupUnreadable
from shadower.adapters.rollups.parts import Parts, decode
from shadower.adapters.rollups.table import (
    CELLS,
    HEAD,
    KIND,
    MODEL,
    SLOT_SHIFT,
    SOURCE,
    STATUS_SHIFT,
    TOTALS,
    TYPE,
    Layout,
    totalled,
)
from shadower.adapters.rollups.tallies import tallies, with_shared_id
from shadower.domain.metrics.pages import Family, Level
from shadower.domain.metrics.tally import Tally

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATUSES = {code: status or "none" for status, code in STATUS_CODES.items()}
_MOST_IDS = 5


class Cell(NamedTuple):
    """A cell of a page by its numbers; in the totals of a slot only the slot counts."""

    slot: int
    type: int
    source: int
    model: int
    status: int


Contents = dict[Cell, Tally]


def cells_of(key: PageKey, blobs: PageBlobs) -> Contents:
    """Return the cells of a page with bitmaps as sets, those that were left out included. Raises RollupUnreadable."""
    return _contents(key, Parts(*blobs[3:]), CELLS)


def totals_of(key: PageKey, blobs: PageBlobs) -> Contents:
    """Return the totals of a page, likewise."""
    return _contents(key, Parts(*blobs[:3]), TOTALS)


def differences(expected: Mapping[PageKey, PageBlobs], found: Mapping[PageKey, PageBlobs]) -> Iterator[str]:
    """Yield one line for each thing that `found` says differently, page by page in the order of their keys."""
    for key in sorted({*expected, *found}):
        if key not in found:
            yield f"{_page(key)}: the page is missing"
        elif key not in expected:
            yield f"{_page(key)}: there should be no such page"
        elif expected[key] != found[key]:
            yield from _in_page(key, expected[key], found[key])


def _in_page(key: PageKey, expected: PageBlobs, found: PageBlobs) -> Iterator[str]:
    for name, contents in (("cell", cells_of), ("total", totals_of)):
        try:
            there = contents(key, found)
        except RollupUnreadable as error:
            yield f"{_page(key)}: {error.message}"
            continue
        wanted = contents(key, expected)
        for cell in sorted({*wanted, *there}):
            for line in _in_tally(wanted.get(cell, Tally()), there.get(cell, Tally())):
                yield f"{_page(key)}, {name} of {_cell(cell, name)}: {line}"


def _contents(key: PageKey, parts: Parts, layout: Layout) -> Contents:
    table, bitmaps = decode([parts], layout)
    table = with_shared_id(table, Family(key.family), np.full(len(table), key.key))
    head = table.identity[:, HEAD]
    names = [table.identity[:, column] for column in (TYPE, SOURCE, MODEL)]
    columns = [head >> SLOT_SHIFT, *names, head >> STATUS_SHIFT & KIND]
    found = tallies(
        table if layout is TOTALS else totalled(table),
        {tag: [bitmap(serialised)] for tag, serialised in bitmaps.items()},
    )
    return dict(zip(map(Cell, *(column.tolist() for column in columns)), found, strict=True))


def _in_tally(expected: Tally, found: Tally) -> Iterator[str]:
    for name in (field.name for field in fields(Tally)):
        wanted, there = getattr(expected, name), getattr(found, name)
        if name in {"users", "agents", "sessions"}:
            yield from _in_ids(name, set(wanted or ()), set(there or ()))
        elif name == "histogram":
            yield from _in_counts(dict(wanted.items()), dict(there.items()))
        elif wanted != there:
            yield f"{name} {there}, expected {wanted}"


def _in_counts(wanted: Mapping[int, int], there: Mapping[int, int]) -> Iterator[str]:
    bins = [bin_ for bin_ in sorted({*wanted, *there}) if wanted.get(bin_) != there.get(bin_)]
    if bins:
        yield f"{len(bins)} counts of durations differ, from bin {bins[0]} on"


def _in_ids(name: str, wanted: set[int], there: set[int]) -> Iterator[str]:
    for ids, what in ((wanted - there, "missing"), (there - wanted, "too many")):
        if ids:
            few = ", ".join(str(number) for number in sorted(ids)[:_MOST_IDS])
            yield f"{name} {what}: {few}{f' and {len(ids) - _MOST_IDS} more' if len(ids) > _MOST_IDS else ''}"


def _page(key: PageKey) -> str:
    family, level = Family(key.family), Level(key.level)
    whose = "all" if family is Family.ALL else f"{family.name.lower()} {key.key}"
    start = (_EPOCH + timedelta(microseconds=key.start)).strftime("%Y-%m-%dT%H:%MZ")
    return f"workspace {key.workspace}, {whose}, {level.name.lower()} page of {start}"


def _cell(cell: Cell, name: str) -> str:
    if name == "total":
        return f"slot {cell.slot}"
    kinds = f"type {cell.type}, source {cell.source}, model {cell.model}, status {_STATUSES[cell.status]}"
    return f"slot {cell.slot}, {kinds}"
