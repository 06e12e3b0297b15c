"""Cutting a question in pieces, of which those that are over can be kept: what they add up to hardly ever changes."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from shadower.domain.events.moments import DAY, HOUR, MINUTE
from shadower.domain.metrics.pages import family_of
from shadower.domain.metrics.question import Aggregation, Tallies
from shadower.domain.metrics.tally import Tally
from shadower.domain.retention.removed import Removed

GRACE: Final = 15 * MINUTE
"""Micros that events usually take at most to come in: an hour is over when it has ended so long ago."""
LEAST: Final = 2 * HOUR
"""Micros: less is not worth a look."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a question's range."""

    asked: Aggregation
    first: int
    """The bucket of the question that its first bucket is, or is a part of."""
    is_over: bool


def pieces(asked: Aggregation, now: int) -> Sequence[Piece]:
    """
    Return the question in pieces, from the earliest to the latest, or whole when none of it is worth keeping.

    What is over begins and ends on whole UTC hours. It is one piece up to the last UTC midnight, and one from there on:
    late events mostly fall into the latter, and only that one is another every hour. Whatever the question's buckets,
    their cuts stay cuts, and a piece may end within one.
    """
    start, end = -(-asked.start // HOUR) * HOUR, min(asked.end, now - GRACE) // HOUR * HOUR
    if end - start < LEAST:
        return [Piece(asked, 0, is_over=False)]
    midnight = end // DAY * DAY
    over = [start, midnight, end] if start < midnight < end else [start, end]
    edges = [asked.start, *over, asked.end]
    return list(_cut(asked, edges, start, end))


def _cut(asked: Aggregation, edges: Sequence[int], start: int, end: int) -> Iterator[Piece]:
    for low, high in pairwise(edges):
        if low < high:
            first = bisect_right(asked.cuts, low) - 1
            inner = [cut for cut in asked.cuts[first + 1 :] if cut < high]
            yield Piece(replace(asked, cuts=[low, *inner, high]), first, is_over=start <= low and high <= end)


def gather(into: Tallies, piece: Piece, found: Tallies) -> None:
    """Merge what was found for a piece into the tallies of the whole question."""
    for group, buckets in found.items():
        mine = into.setdefault(group, {})
        for bucket, tally in buckets.items():
            mine.setdefault(piece.first + bucket, Tally()).add(tally)


def tells_all(asked: Aggregation, removed: Removed | None) -> bool:
    """Whether the answer is exact whatever events are gone, but for ragged edges, which are in no kept piece."""
    return removed is None or family_of(asked) is not None
