"""Randomness from the operating system."""

from os import urandom
from secrets import token_urlsafe
from threading import Lock

from shadower.application.ports.secrets import Secrets

_VERSION = 7
_VARIANT = 0b10


class SystemSecrets(Secrets):
    """
    Ids and tokens nobody can guess.

    Event ids are UUIDv7 (RFC 9562, section 5.7). Those of one millisecond ascend: the first begins with 73 random bits,
    each further one adds a random step (section 6.2, method 2).
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._millisecond = -1
        self._tail = 0

    def event_id(self, now: int) -> str:
        millisecond = now // 1000
        with self._lock:
            if millisecond == self._millisecond:
                # 2^73 ids are left at least; with steps below 2^32 no millisecond is long enough to use them up.
                self._tail += 1 + int.from_bytes(urandom(4))
            else:
                self._millisecond = millisecond
                self._tail = int.from_bytes(urandom(10)) >> 7
            tail = self._tail
        return _uuid7(millisecond, tail)

    def token(self) -> str:
        return token_urlsafe(32)


def _uuid7(millisecond: int, tail: int) -> str:
    """Lay out 48 bits of time, and 74 bits as 12 and 62 around the variant."""
    number = (millisecond & 0xFFFF_FFFF_FFFF) << 80
    number |= _VERSION << 76 | (tail >> 62) << 64
    number |= _VARIANT << 62 | tail & 0x3FFF_FFFF_FFFF_FFFF
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
