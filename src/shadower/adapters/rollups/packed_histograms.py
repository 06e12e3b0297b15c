"""Histograms as bytes, as narrow as their numbers are small."""

from typing import Any, Final

import numpy as np

from shadower.adapters.rollups.histograms import ArrayHistogram
from shadower.adapters.rollups.table import Ints
from shadower.domain.metrics.histogram import Histogram

_WIDTHS: Final[dict[str, np.dtype[Any]]] = {"1": np.dtype("<u1"), "2": np.dtype("<u2"), "4": np.dtype("<u4")}
_WIDEST: Final = np.dtype("<i8")


def packed(histogram: Histogram) -> tuple[str, bytes, bytes]:
    """Return how wide bins and counts are written, and both."""
    found, upto = histogram.running()
    bins = np.array(found, dtype=np.int64)
    counts = np.array(upto, dtype=np.int64)
    counts[1:] -= counts[:-1].copy()
    kinds = _width(bins) + _width(counts)
    return kinds, bins.astype(_type(kinds[0])).tobytes(), counts.astype(_type(kinds[1])).tobytes()


def unpacked(kinds: str, bins: bytes, counts: bytes) -> ArrayHistogram:
    """Return the histogram."""
    return ArrayHistogram(_ints(kinds[0], bins), _ints(kinds[1], counts))


def _width(numbers: Ints) -> str:
    largest = int(numbers.max(initial=0))
    return next((kind for kind, width in _WIDTHS.items() if largest < 2 ** (8 * width.itemsize)), "8")


def _type(kind: str) -> np.dtype[Any]:
    return _WIDTHS.get(kind, _WIDEST)


def _ints(kind: str, written: bytes) -> Ints:
    return np.frombuffer(written, dtype=_type(kind)).astype(np.int64)
