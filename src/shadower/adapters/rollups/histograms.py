"""Histograms as arrays: merging many costs one pass over their counts, and only once somebody asks for a percentile."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Self, cast

import numpy as np

from shadower.adapters.rollups.table import Ints, summed
from shadower.domain.metrics.histogram import Histogram


class ArrayHistogram(Histogram):
    """Counts by bin, in parts that are added up when needed. The arrays are shared, never changed."""

    __slots__ = ("_length", "_parts")

    def __init__(self, bins: Ints, counts: Ints) -> None:
        """`bins` ascending and distinct, and the count of each."""
        self._parts = [(bins, counts)]
        self._length = len(bins)

    def __len__(self) -> int:
        return self._length

    def __eq__(self, other: object) -> bool:
        return hasattr(other, "items") and dict(self.items()) == dict(other.items())

    __hash__ = None  # type: ignore[assignment] # it changes

    def items(self) -> Iterable[tuple[int, int]]:
        bins, counts = self._whole()
        return zip(bins.tolist(), counts.tolist(), strict=True)

    def add(self, other: Histogram | Mapping[int, int], /) -> None:
        self._length += len(other)
        if isinstance(other, ArrayHistogram):
            self._parts += other._parts  # noqa: SLF001 - of its own kind
        else:
            counts = np.array(sorted(other.items()), dtype=np.int64).reshape(-1, 2)
            self._parts.append((counts[:, 0], counts[:, 1]))

    def copy(self) -> Self:
        same = type(self).__new__(type(self))
        same._parts, same._length = list(self._parts), self._length  # noqa: SLF001 - of its own kind
        return same

    def running(self) -> tuple[Sequence[int], Sequence[int]]:
        bins, counts = self._whole()
        return cast("Sequence[int]", bins), cast("Sequence[int]", counts.cumsum())

    def _whole(self) -> tuple[Ints, Ints]:
        if len(self._parts) > 1:
            bins, counts = zip(*self._parts, strict=True)
            self._parts = [summed(np.concatenate(bins), np.concatenate(counts))]
        return self._parts[0]
