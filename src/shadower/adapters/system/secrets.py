"""Randomness from the operating system."""

from os import register_at_fork, urandom
from secrets import token_urlsafe
from threading import Lock

from shadower.application.ports.secrets import Secrets

_VERSION = 0x7000
_VARIANT = 0x8000

_POOL = 4096
"""Bytes asked of the system at once: asking for a few costs as much."""


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
        self._pool = b""
        self._used = 0
        # A copy of this process must not hand out the same bytes.
        register_at_fork(after_in_child=self._start_anew)

    def event_id(self, now: int) -> str:
        millisecond = now // 1000
        with self._lock:
            if millisecond == self._millisecond:
                # 2^73 ids are left at least; with steps below 2^32 no millisecond is long enough to use them up.
                self._tail += 1 + self._random(4)
            else:
                self._millisecond = millisecond
                self._tail = self._random(10) >> 7
            tail = self._tail
        return _uuid7(millisecond, tail)

    def token(self) -> str:
        return token_urlsafe(32)

    def _random(self, size: int) -> int:
        begin = self._used
        if begin + size > len(self._pool):
            self._pool, begin = urandom(_POOL), 0
        self._used = begin + size
        return int.from_bytes(self._pool[begin : self._used])

    def _start_anew(self) -> None:
        self._lock = Lock()
        self._millisecond = -1
        self._pool = b""


def _uuid7(millisecond: int, tail: int) -> str:
    """Lay out 48 bits of time and the 74 bits of the tail, the version before its first 12, the variant before 62."""
    return (
        f"{millisecond >> 16 & 0xFFFF_FFFF:08x}-{millisecond & 0xFFFF:04x}-{_VERSION | tail >> 62:04x}"
        f"-{_VARIANT | tail >> 48 & 0x3FFF:04x}-{tail & 0xFFFF_FFFF_FFFF:012x}"
    )
