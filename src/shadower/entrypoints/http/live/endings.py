"""How the end of a connection is told: to a WebSocket by its close code (RFC 6455, IANA), to a stream by a record."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from shadower.application.live.live import LiveClosing
from shadower.application.live.messages import Ending
from shadower.domain.errors import RateLimited, ShadowerError

POLICY = 1008
TRY_AGAIN_LATER = 1013
RESTART = 1012


class Close(NamedTuple):
    """A close code, and why."""

    code: int
    reason: str


CLOSES: Mapping[Ending, Close] = {
    Ending.GONE: Close(1000, "gone"),
    Ending.RESTARTING: Close(RESTART, "restarting: connect again, with the last position"),
    Ending.REVOKED: Close(POLICY, "the key or session is no longer good"),
    Ending.STUCK: Close(POLICY, "nothing was taken in for too long"),
    Ending.IDLE: Close(POLICY, "nothing was asked for"),
    Ending.TOO_FAST: Close(POLICY, "too many messages"),
    Ending.TOO_LARGE: Close(1009, "the message is too long"),
    Ending.NO_TEXT: Close(1003, "messages are JSON texts"),
    Ending.FAILED: Close(1011, "something went wrong here"),
}


def close_for(error: ShadowerError) -> Close:
    """Return how a connection that is not taken is told why. A reason has at most 123 bytes."""
    if isinstance(error, LiveClosing):
        return CLOSES[Ending.RESTARTING]
    code = POLICY if isinstance(error, RateLimited) else TRY_AGAIN_LATER
    return Close(code, error.message.encode()[:123].decode(errors="ignore"))


def closing_record(close: Close) -> bytes:
    """Return the last record of an event stream."""
    return b"event: close\ndata: %b\n\n" % msgspec.json.encode({"type": "close", **close._asdict()})
