"""How long to wait before what has failed is tried again."""

from typing import Final

_MOST: Final = 32
"""Failures that are counted: a power beyond every float would be no pause at all."""


def growing_pause(failures: int, first: float, longest: float, factor: float = 2) -> float:
    """Return `first`, and with each failure in a row `factor` times as much, up to `longest`."""
    return min(first * factor ** min(failures, _MOST), longest)
