"""How many may be connected: of everybody, of each kind of connection, and of each key."""

from collections import Counter
from enum import StrEnum

from shadower.domain.errors import RateLimited, Unavailable
from shadower.domain.keys.key import KeyId


class Transport(StrEnum):
    """The kinds of connection that stay open."""

    SOCKET = "websocket"
    STREAM = "stream"


class LiveFull(Unavailable):
    """As many clients are connected as this process takes; /api/v1/live/poll needs no connection that stays open."""

    code = "live_full"


class TooManyConnections(RateLimited):
    """The key has as many live connections as it may have."""

    code = "too_many_connections"


class Seats:
    """One for each connection that stays open."""

    def __init__(self, *, most: int, most_sockets: int, most_per_key: int) -> None:
        """`most_sockets`: how many of `most` may be WebSockets, which take more memory than streams do."""
        self._most = most
        self._most_sockets = most_sockets
        self._most_per_key = most_per_key
        self._taken: Counter[Transport] = Counter()
        self._by_key: Counter[KeyId] = Counter()

    def taken(self, transport: Transport) -> int:
        """Return how many connections of this kind there are."""
        return self._taken[transport]

    def lower(self, most: int) -> None:
        """Take no more than this many from now on: the machine does not give more."""
        self._most = min(self._most, most)

    def take(self, key: KeyId, transport: Transport) -> None:
        """Raises LiveFull, TooManyConnections."""
        if self._by_key[key] >= self._most_per_key:
            raise TooManyConnections(
                f"This key has {self._most_per_key} live connections, which is all it may have. Close one, or ask "
                "/api/v1/live/poll."
            )
        if self._taken.total() >= self._most:
            raise LiveFull("No more clients can be connected just now; ask /api/v1/live/poll.", retry_after=5)
        if transport is Transport.SOCKET and self._taken[transport] >= self._most_sockets:
            raise LiveFull("No more WebSockets are taken now; take /api/v1/live as an event stream.", retry_after=5)
        self._by_key[key] += 1
        self._taken[transport] += 1

    def leave(self, key: KeyId, transport: Transport) -> None:
        """Give back what was taken."""
        self._taken[transport] -= 1
        self._by_key[key] -= 1
        if not self._by_key[key]:
            del self._by_key[key]
