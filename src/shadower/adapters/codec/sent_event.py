"""Events as they go over the wire."""

import json
from collections.abc import Mapping
from decimal import Decimal

from msgspec.json import Encoder

_encode = Encoder(decimal_format="number").encode


def event_json(event: Mapping[str, object]) -> bytes:
    """
    Return an event as JSON, decimals digit by digit.

    A lone surrogate is written as its escape, so that the rules of admission can refuse this event, and this one alone.
    """
    try:
        return _encode(event)
    except UnicodeEncodeError:
        return json.dumps(event, default=_plain).encode()


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"JSON has no word for a {type(value).__name__}.")
