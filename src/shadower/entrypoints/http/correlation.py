"""
Which request a log line, an answer and a problem belong to.

The caller's own `X-Request-ID` is kept when it is harmless; otherwise the trace id of its `traceparent` (W3C Trace
Context), or a new one. A `traceparent` is answered with one of the same trace, in which the request has an id.
"""

import re
from collections.abc import Mapping
from itertools import count
from os import urandom
from typing import NamedTuple

_HARMLESS = re.compile(rb"[A-Za-z0-9._:+/=@-]{1,128}")
_TRACEPARENT = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?P<trace>(?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-(?P<flags>[0-9a-f]{2})(?:-.*)?"
)
_SAMPLED = 1
"""The one flag that every version has."""


class Trace(NamedTuple):
    """The place of a request in its caller's trace."""

    id: bytes
    span_id: bytes
    """Of this request."""
    is_sampled: bool

    @property
    def parent(self) -> bytes:
        """What goes back as `traceparent`."""
        return b"00-%s-%s-%02d" % (self.id, self.span_id, self.is_sampled)


class Correlation(NamedTuple):
    """What a request is called."""

    request_id: bytes
    trace: Trace | None

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """What tells the caller."""
        trace = [] if self.trace is None else [(b"traceparent", self.trace.parent)]
        return [(b"x-request-id", self.request_id), *trace]

    @property
    def context(self) -> dict[str, str]:
        """What every line of the log says."""
        told = {"request_id": self.request_id}
        if self.trace is not None:
            told |= {"trace_id": self.trace.id, "span_id": self.trace.span_id}
        return {name: value.decode() for name, value in told.items()}


class RequestIds:
    """Makes ids that do not repeat: a random start for each process, and a count."""

    def __init__(self) -> None:
        self._start = urandom(8).hex().encode()
        self._count = count(1)

    def of(self, headers: Mapping[bytes, bytes]) -> Correlation:
        """Return what the request with these headers is called."""
        trace = _trace(headers)
        sent = headers.get(b"x-request-id")
        if sent is not None and _HARMLESS.fullmatch(sent):
            return Correlation(sent, trace)
        return Correlation(b"%s-%x" % (self._start, next(self._count)) if trace is None else trace.id, trace)


def _trace(headers: Mapping[bytes, bytes]) -> Trace | None:
    sent = headers.get(b"traceparent")
    found = None if sent is None else _TRACEPARENT.fullmatch(sent)
    if found is None:
        return None
    return Trace(found["trace"], urandom(8).hex().encode(), bool(int(found["flags"], 16) & _SAMPLED))
