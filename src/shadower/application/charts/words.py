"""Exact values as text for people, as the pages write them."""

from decimal import Decimal

from shadower.domain.metrics.decimals import Value
from shadower.domain.metrics.definition import Unit

NOTHING = "\N{EN DASH}"


def in_words(value: Value, unit: Unit) -> str:
    """Return the value with its unit. Sums keep every digit; ratios have two places and durations three digits."""
    if value is None:
        return NOTHING
    if unit is Unit.RATIO:
        return f"{_trimmed(Decimal(value) * 100, 2)}%"
    if unit is Unit.MILLISECONDS:
        return _duration(Decimal(value))
    return _trimmed(Decimal(value), 9)


def _duration(milliseconds: Decimal) -> str:
    for limit, divisor, name in ((1000, 1, "ms"), (60_000, 1000, "s"), (3_600_000, 60_000, "min")):
        if milliseconds < limit:
            return f"{_three_digits(milliseconds / divisor)} {name}"
    return f"{_three_digits(milliseconds / 3_600_000)} h"


def _three_digits(number: Decimal) -> str:
    return f"{number:.3g}" if number < 1000 else _trimmed(number, 0)


def _trimmed(number: Decimal, places: int) -> str:
    text = f"{number:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
