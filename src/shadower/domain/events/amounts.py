"""Decimal amounts as whole numbers of a fixed small unit, rounded half-even once, on entry."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from shadower.domain.events.rejection import Rejected


@dataclass(frozen=True, slots=True)
class Scale:
    """How an amount is kept: `places` decimal places, from zero to `maximum` (in the sender's unit)."""

    field: str
    places: int
    quantum: Decimal
    """The smallest step: 10^-places."""
    maximum: Decimal


DURATION = Scale("duration_ms", 3, Decimal("1e-3"), Decimal(10**10))
"""Milliseconds to three places, kept as microseconds."""
CREDITS = Scale("credits", 6, Decimal("1e-6"), Decimal(10**6))
COST = Scale("cost", 9, Decimal("1e-9"), Decimal(10**6))

MOST_TOKENS = 10**12

_ZERO = Decimal(0)


def whole_units(amount: Decimal | None, scale: Scale) -> int | None:
    """
    Return the amount in whole units of the scale, rounded half-even.

    Raises Rejected: `out_of_range` (also for what is not a number).
    """
    if amount is None:
        return None
    try:
        if _ZERO <= amount <= scale.maximum:
            return int(amount.quantize(scale.quantum, ROUND_HALF_EVEN).scaleb(scale.places))
    except InvalidOperation:  # a NaN has no order
        pass
    raise Rejected("out_of_range", scale.field, f"{scale.field} must be a number from 0 to {scale.maximum}")


def decimal_text(units: int | None, places: int) -> str | None:
    """Return whole units as the shortest plain decimal text: 1500000 with 6 places is "1.5"."""
    if units is None:
        return None
    whole, fraction = divmod(units, 10**places)
    return f"{whole}.{fraction:0{places}d}".rstrip("0").rstrip(".") if fraction else str(whole)


def units_of(text: str | None, places: int) -> int | None:
    """Return what `decimal_text` has written."""
    if text is None:
        return None
    whole, _, fraction = text.partition(".")
    return int(whole + fraction.ljust(places, "0"))


def check_tokens(count: int | None, field: str) -> int | None:
    """Return the count. Raises Rejected `out_of_range` unless it is absent or from 0 to 10^12."""
    if count is not None and not 0 <= count <= MOST_TOKENS:
        raise Rejected("out_of_range", field, f"{field} must be a whole number from 0 to {MOST_TOKENS}")
    return count
