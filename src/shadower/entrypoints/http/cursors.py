"""
Where the next page of a list begins, as a text that only this server reads.

It says which list it belongs to, so that one list's cursor is never taken for another's. It opens nothing that the
caller could not list anyway, so it is checked, not signed.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from typing import Any

import msgspec

from shadower.application.page import Item
from shadower.application.ports.snapshot import Place
from shadower.domain.errors import Invalid

_LARGEST = 2**63 - 1


class CursorInvalid(Invalid):
    """The cursor is none of this list's."""

    code = "cursor_invalid"


def cursor_of(what: str, *numbers: int) -> str:
    """Return the cursor that stands for these numbers in this list."""
    return urlsafe_b64encode(msgspec.msgpack.encode((what, *numbers))).rstrip(b"=").decode()


def numbers_in(cursor: str, what: str, many: int) -> tuple[int, ...]:
    """Return the numbers a cursor of this list stands for. Raises CursorInvalid."""
    try:
        told: Any = msgspec.msgpack.decode(urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
    except (UnicodeEncodeError, Base64Error, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        told = None
    if isinstance(told, list) and len(told) == many + 1 and told[0] == what:
        numbers = tuple(told[1:])
        sound = all(type(number) is int and -_LARGEST <= number <= _LARGEST for number in numbers)
        # Base64 can be written in more than one way; only ours is a cursor.
        if sound and cursor_of(what, *numbers) == cursor:
            return numbers
    raise CursorInvalid("This is no cursor of this list: take `next_cursor` of the page before.", field="cursor")


def place_in(cursor: str | None, what: str) -> Place | None:
    """Return the place a list by (moment, position) goes on from. Raises CursorInvalid."""
    return Place(*numbers_in(cursor, what, 2)) if cursor else None


def place_cursor(place: Place | None, what: str) -> str | None:
    """Return the cursor of that place."""
    return None if place is None else cursor_of(what, place.moment, place.position)


def page_in(whole: Sequence[Item], what: str, limit: int, cursor: str | None) -> tuple[Sequence[Item], str | None]:
    """Return a page of a short list that is all there, and the cursor of the next. Raises CursorInvalid."""
    (begin,) = numbers_in(cursor, what, 1) if cursor else (0,)
    end = begin + limit
    return whole[begin:end], cursor_of(what, end) if end < len(whole) else None
