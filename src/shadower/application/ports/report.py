"""Whom the background tells of what went wrong."""

from collections.abc import Callable

Report = Callable[[Exception], None]
"""Told of what went wrong; it is tried again in any case."""
