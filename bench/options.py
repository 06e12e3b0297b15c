"""What the command line decides for every figure."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured, how often, and where."""

    folder: Path
    """For everything that is written while measuring; gone afterwards."""
    kept: Path | None
    """Where loaded data sets are kept between runs; nowhere unless SHADOWER_BENCH_DIR says."""
    rounds: int
    full: bool
    events: int
    """Of the larger data set that questions are asked of."""
    workers: int
    """Processes of the server, and of the reference server."""

    def scaled(self, full: int, small: int) -> int:
        """Return the size for this run."""
        return full if self.full else small
