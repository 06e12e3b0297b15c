"""
How numbers leave a tally: exactly where they were added up, and rounded once where they were divided.

Inside, durations are whole microseconds, credits millionths and cost billionths. Outside, they are decimals of
milliseconds, credits and currency with as many places as the unit has, so nothing is lost. A quotient is computed from
the exact numbers and rounded once, half to even, to 12 significant digits.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TypeAlias

Value: TypeAlias = int | Decimal | None
"""A count is an int, every other number a decimal; None says that there is no such number, which is not zero."""

MILLISECOND_PLACES = 3
CREDIT_PLACES = 6
COST_PLACES = 9
SIGNIFICANT_DIGITS = 12

_QUOTIENT = Context(prec=SIGNIFICANT_DIGITS, rounding=ROUND_HALF_EVEN)
_EXACT = Context(prec=200)
"""More digits than any sum of a log can have, so that moving the point and subtracting never round."""


def milliseconds(microseconds: int) -> Decimal:
    """Return microseconds as milliseconds with three places."""
    return _scaled(microseconds, MILLISECOND_PLACES)


def milliseconds_or_none(microseconds: int | None) -> Decimal | None:
    """Return microseconds as milliseconds with three places, and nothing for nothing."""
    return None if microseconds is None else milliseconds(microseconds)


def credit_units(millionths: int) -> Decimal:
    """Return millionths of a credit as credits with six places."""
    return _scaled(millionths, CREDIT_PLACES)


def currency(billionths: int) -> Decimal:
    """Return billionths of a currency unit as units with nine places."""
    return _scaled(billionths, COST_PLACES)


def plain_text(number: Decimal) -> str:
    """Return the decimal in plain digits, with all its places and never an exponent (`str` writes 0E-9)."""
    return format(number, "f")


def quotient(numerator: int | Decimal, denominator: int | Decimal) -> Decimal | None:
    """Return the correctly rounded quotient, or None when there is nothing to divide by."""
    if denominator == 0:
        return None
    return _QUOTIENT.divide(Decimal(numerator), Decimal(denominator))


def change(now: int | Decimal | None, before: int | Decimal | None) -> Decimal | None:
    """Return (now - before) / before; None when before is 0, or when one of the two does not exist."""
    if now is None or before is None:
        return None
    return quotient(_EXACT.subtract(Decimal(now), Decimal(before)), before)


def _scaled(number: int, places: int) -> Decimal:
    return _EXACT.scaleb(Decimal(number), -places)
