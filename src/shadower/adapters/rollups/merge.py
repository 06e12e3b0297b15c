"""Add contributions to stored pages."""

from collections.abc import Mapping, Sequence

from shadower.adapters.rollups.fold import Pages
from shadower.adapters.rollups.pages import PageBlobs, PageKey
from shadower.adapters.rollups.parts import NO_PARTS, Parts, decode, encode
from shadower.adapters.rollups.table import KIND_BITS, Table, regrouped, stacked


def merge(existing: Mapping[PageKey, PageBlobs], new: Pages) -> dict[PageKey, PageBlobs]:
    """
    Return the whole content of every page in `new.keys`: what exists of it and what is added.

    Equal contents give equal bytes, however they came together. Raises RollupUnreadable.
    """
    found = [existing.get(key) for key in new.keys]
    totals = _merged([Parts(*blobs[:3]) if blobs else NO_PARTS for blobs in found], new.totals)
    cells = _merged([Parts(*blobs[3:]) if blobs else NO_PARTS for blobs in found], new.cells)
    return {key: PageBlobs(*total, *cell) for key, total, cell in zip(new.keys, totals, cells, strict=True)}


def _merged(found: Sequence[Parts], new: Table) -> list[Parts]:
    old, bitmaps = decode(found, new.layout)
    if not len(old):
        return encode(new, {}, len(found))
    both = stacked([old, new])
    table, row_of = regrouped(both, both.identity)
    mask = (1 << KIND_BITS) - 1
    moved = {int(row_of[tag >> KIND_BITS]) << KIND_BITS | tag & mask: found for tag, found in bitmaps.items()}
    return encode(table, moved, len(found))
