"""
Which request a log line, an answer and a problem belong to.

The caller's own `X-Request-ID` is kept when it is harmless; otherwise the trace id of its `traceparent` (W3C Trace
Context), or a new one.
"""

import re
from collections.abc import Mapping
from itertools import count
from os import urandom

_HARMLESS = re.compile(rb"[A-Za-z0-9._:+/=@-]{1,128}")
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*")
_NO_TRACE = b"0" * 32


class RequestIds:
    """Makes ids that do not repeat: a random start for each process, and a count."""

    def __init__(self) -> None:
        self._start = urandom(8).hex().encode()
        self._count = count(1)

    def of(self, headers: Mapping[bytes, bytes]) -> bytes:
        """Return the id of the request with these headers."""
        sent = headers.get(b"x-request-id")
        if sent is not None and _HARMLESS.fullmatch(sent):
            return sent
        return trace_id(headers) or b"%s-%x" % (self._start, next(self._count))


def trace_id(headers: Mapping[bytes, bytes]) -> bytes | None:
    """Return the trace the caller says the request is part of."""
    sent = headers.get(b"traceparent")
    found = None if sent is None else _TRACEPARENT.fullmatch(sent)
    if found is None or found[1] == _NO_TRACE:
        return None
    return found[1]
