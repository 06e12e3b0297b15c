"""Values as files have them, made into what the fields of an event take; left as they are where that fails."""

import json
import re
from collections.abc import Callable
from decimal import Decimal

from shadower.application.import_file.fields import Path
from shadower.domain.events.rejection import Rejected

ReadValue = Callable[[object], object]

_WHOLE = re.compile(r"\d{1,18}(?:\.0*)?")
_MOST_DIGITS = 18

_COUNTS = frozenset({"tokens_in", "tokens_out"})
_AMOUNTS = frozenset({"duration_ms", "credits", "cost"})


def reader_for(path: Path, moments: ReadValue) -> ReadValue:
    """Return how values for this place in an event are read; `moments` reads times."""
    first = path[0]
    if first == "data":
        return as_it_is if len(path) > 1 else object_in
    if first == "occurred_at":
        return moments
    if first in _COUNTS:
        return count
    return stripped if first in _AMOUNTS else name


def as_it_is(value: object) -> object:
    """Return any value unchanged."""
    return value


def count(value: object) -> object:
    """Return the whole number that a text or decimal such as 374, `374` or `374.0` stands for."""
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0])
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() < _MOST_DIGITS and value == int(value):
        return int(value)
    return value


def stripped(value: object) -> object:
    """Return text without the white space around it."""
    return value.strip() if isinstance(value, str) else value


def name(value: object) -> object:
    """Return whole numbers as text: user 42 is the user `42`."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def object_in(value: object) -> object:
    """Return the object that a text holds as JSON. Raises Rejected `data_invalid`."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, ArithmeticError, RecursionError):
        raise Rejected("data_invalid", "data", "data must be a JSON object; this is not JSON") from None


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is not JSON.")
