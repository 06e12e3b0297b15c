"""The little arithmetic that figures rest on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction


def quantile(values: Sequence[float], q: float) -> float:
    """Return the nearest-rank quantile: the smallest value that at least the share `q` of all values do not exceed."""
    if not values or not 0 < q <= 1:
        raise ValueError(f"A quantile needs values and 0 < q <= 1; there are {len(values)} values, and q is {q}.")
    # A fraction, because 0.07 * 100 is a little more than 7 in binary.
    rank = math.ceil(Fraction(str(q)) * len(values))
    return sorted(values)[rank - 1]


def median(values: Sequence[float]) -> float:
    """Return the middle value, or the mean of the middle two."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


@dataclass(frozen=True, slots=True)
class Round:
    """One measurement and, right after it, that of its reference."""

    value: float
    reference: float
    times_faster: bool = False
    """Whether value and reference are durations whose ratio says how many times the value is shorter."""
    extras: dict[str, object] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """The value in terms of the reference."""
        return self.reference / self.value if self.times_faster else self.value / self.reference


def median_round(rounds: Sequence[Round]) -> Round:
    """
    Return the round with the median ratio; of an even number of rounds, the lower of the two in the middle.

    A whole round, so that value, reference and ratio belong together: all three were measured side by side.
    """
    return sorted(rounds, key=lambda one: one.ratio)[(len(rounds) - 1) // 2]
