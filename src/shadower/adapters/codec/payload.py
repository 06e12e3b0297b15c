"""
The free part of an event as canonical JSON text: compact, keys sorted by code points, equal numbers written alike.

Numbers are written as ECMAScript writes them (RFC 8785, section 3.2.2.3): plain from 10^-6 up to 10^21, with an
exponent beyond, so that a few bytes never grow into a million zeros. Unlike there, they keep every digit they were sent
with: 0.1 and 0.1000000000000000000001 stay two numbers.
"""

from collections.abc import Mapping
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from typing import Any

from msgspec import Raw
from msgspec.json import Encoder

_PLAIN_FROM = -7
"""Decimal exponent of the leading digit; plain above this…"""
_PLAIN_TO = 21
"""…and below this."""

_BARE = frozenset({str, bool, type(None)})
_LARGEST_BARE = 10**_PLAIN_TO

_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
_encode = Encoder(decimal_format="number", order="deterministic").encode


def canonical_json(data: Mapping[str, object]) -> str:
    """
    Return the canonical text of a JSON object.

    Raises UnicodeEncodeError for a lone surrogate, RecursionError for what is nested too deeply, ValueError for a
    number that is not finite, and TypeError for what JSON has no word for.
    """
    return _encode(data if _is_canonical(data) else _canonical(data)).decode()


def canonical_number(number: float | Decimal) -> str:
    """Return the one text of this number. Raises ValueError when it is not finite."""
    exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    if not exact.is_finite():
        raise ValueError(f"{number} is not a number JSON can write.")
    if not exact:
        return "0"
    shortest = exact.normalize(_EXACT)
    if _PLAIN_FROM < shortest.adjusted() < _PLAIN_TO:
        return f"{shortest:f}"
    sign, digits, _ = shortest.as_tuple()
    fraction = "".join(map(str, digits[1:]))
    return f"{'-' * sign}{digits[0]}{'.' * bool(fraction)}{fraction}e{shortest.adjusted():+d}"


def _is_canonical(value: Any) -> bool:  # noqa: ANN401 - whatever JSON can hold
    """Whether there is nothing to rewrite: a quick look that spares most objects the slow walk."""
    kind = type(value)
    if kind in _BARE:
        return True
    if kind is int:
        return bool(-_LARGEST_BARE < value < _LARGEST_BARE)
    if kind is dict:
        return all(map(_is_canonical, value.values()))
    return kind is list and all(map(_is_canonical, value))


def _canonical(value: Any) -> object:  # noqa: ANN401 - as above
    kind = type(value)
    if kind in _BARE:
        return value
    if kind is int and -_LARGEST_BARE < value < _LARGEST_BARE:
        return value
    if isinstance(value, Decimal | float | int):
        return Raw(canonical_number(value).encode())
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dict | Mapping):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    raise TypeError(f"JSON has no word for a {kind.__name__}.")
