"""
Durations as a mergeable histogram, from which percentiles are read with a bounded relative error.

The bins are integers and log-linear, as in HdrHistogram (Gil Tene, http://hdrhistogram.org): values below 128 µs have a
bin each, and above that every power of two is cut into 64 bins of equal width. A value v in a bin of width w = 2^e has
v >= 64·w, and the bin is represented by its midpoint, so a representative is at most w/2 away from v: a relative error
of at most 1/128, below 0.79 %, which keeps the promise of 1 %. A histogram is a mapping from bin to count; merging is
adding the counts bin by bin, which is exact, associative and commutative, so percentiles never depend on how the events
were split.
"""

from abc import abstractmethod
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Protocol, Self

SUB_BINS_LOG2 = 6
"""Every power of two is cut into 2^6 = 64 bins. Stored pages hold bin numbers, so this never changes."""


class Histogram(Protocol):
    """
    Counts by bin that merge in place.

    `PlainHistogram` is one; so are arrays that an adapter hands over. Two of them are equal when their counts are.
    """

    @abstractmethod
    def __len__(self) -> int:
        """Return nothing but 0 for the empty one."""

    @abstractmethod
    def items(self) -> Iterable[tuple[int, int]]:
        """Return the bins with their counts, in any order."""

    @abstractmethod
    def add(self, other: "Histogram | Mapping[int, int]", /) -> None:
        """Take in other counts, which stay as they are."""

    @abstractmethod
    def copy(self) -> Self:
        """Return a histogram of the same counts that shares nothing with this one."""

    @abstractmethod
    def running(self) -> tuple[Sequence[int], Sequence[int]]:
        """Return the bins, ascending, and for each the count of all values up to its end."""


class PlainHistogram(dict[int, int], Histogram):
    """Counts in a dictionary."""

    def add(self, other: Histogram | Mapping[int, int], /) -> None:
        for bin_number, count in other.items():
            self[bin_number] = self.get(bin_number, 0) + count

    def copy(self) -> Self:
        return type(self)(self)

    def running(self) -> tuple[Sequence[int], Sequence[int]]:
        bins = sorted(self)
        return bins, list(accumulate(map(self.__getitem__, bins)))


def bin_of(value: int) -> int:
    """Return the bin of a value in microseconds (0 or more, without upper limit); bins are ordered as their values."""
    if value < 0:
        raise ValueError(f"A duration cannot be negative: {value} µs.")
    exponent = max(0, value.bit_length() - SUB_BINS_LOG2 - 1)
    return (exponent << SUB_BINS_LOG2) + (value >> exponent)


def bounds(bin_number: int) -> tuple[int, int]:
    """Return the values [low, high) in microseconds that fall into the bin; bins leave no gap between them."""
    exponent = max(0, (bin_number >> SUB_BINS_LOG2) - 1)
    leading = bin_number - (exponent << SUB_BINS_LOG2)
    return leading << exponent, (leading + 1) << exponent


def midpoint(bin_number: int) -> int:
    """Return the whole number of microseconds that stands for every value of the bin."""
    low, high = bounds(bin_number)
    return (low + high - 1) // 2


def quantile(
    histogram: Histogram,
    q: Fraction | Decimal,
    minimum: int | None = None,
    maximum: int | None = None,
) -> int | None:
    """Return one quantile, as `quantiles` does."""
    return quantiles(histogram, [q], minimum, maximum)[0]


def quantiles(
    histogram: Histogram,
    qs: Sequence[Fraction | Decimal],
    minimum: int | None = None,
    maximum: int | None = None,
) -> list[int | None]:
    """
    Return the q-quantiles in whole microseconds by nearest rank, or None for each when the histogram is empty.

    The nearest rank of q among n values is ceil(q·n), at least 1 (Hyndman and Fan 1996, definition 1: a value that was
    observed, never an interpolation). The answer is the midpoint of the bin that holds this rank, clamped to the exact
    minimum and maximum where these are known; ranks 1 and n are then exactly the minimum and the maximum.

    Raises ValueError when a q is outside [0, 1].
    """
    for q in qs:
        if not 0 <= q <= 1:
            raise ValueError(f"A quantile lies between 0 and 1, not at {q}.")
    if not histogram:
        return [None] * len(qs)
    bins, upto = histogram.running()
    total = int(upto[-1])
    return [_at_rank(_rank(q, total), bins, upto, minimum, maximum) for q in qs]


def _rank(q: Fraction | Decimal, total: int) -> int:
    above, below = q.as_integer_ratio()
    return max(1, -(-above * total // below))


def _at_rank(rank: int, bins: Sequence[int], upto: Sequence[int], minimum: int | None, maximum: int | None) -> int:
    """Return the value at the rank; `upto` are the running counts of the bins."""
    if rank == 1 and minimum is not None:
        return minimum
    if rank == upto[-1] and maximum is not None:
        return maximum
    return _clamped(midpoint(int(bins[bisect_left(upto, rank)])), minimum, maximum)


def _clamped(value: int, minimum: int | None, maximum: int | None) -> int:
    if minimum is not None and value < minimum:
        return minimum
    if maximum is not None and value > maximum:
        return maximum
    return value
