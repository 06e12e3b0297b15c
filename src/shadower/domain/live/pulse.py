"""Whether a connection is alive: when something was last said on it, and whether it is taken in."""

HEARTBEAT = 30.0
"""Seconds after which something is said when there is nothing to tell."""
LONGEST_SEND = 60.0
"""Seconds in which a message must be taken in."""


class Pulse:
    """Times in seconds of a clock that never goes back."""

    __slots__ = ("_said_at", "_saying_since")

    def __init__(self, now: float) -> None:
        self._said_at = now
        self._saying_since: float | None = None

    def saying(self, now: float) -> None:
        """A message goes out."""
        self._saying_since = now

    def said(self, now: float) -> None:
        """It was taken in."""
        self._saying_since = None
        self._said_at = now

    def is_stuck(self, now: float) -> bool:
        """Whether a message has not been taken in for too long."""
        return self._saying_since is not None and now - self._saying_since >= LONGEST_SEND

    def is_silent(self, now: float) -> bool:
        """Whether it is time to say something."""
        return self._saying_since is None and now - self._said_at >= HEARTBEAT
