"""How far a long piece of upkeep has come."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """Told now and then."""

    done: int
    total: int
    differences: tuple[str, ...] = ()
    """Newly found by `verify`, as sentences; none means equal so far."""
