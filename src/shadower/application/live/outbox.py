"""What one listener is still to be told, in bounded room."""

from collections import deque
from collections.abc import Callable

from shadower.application.live.messages import Events, Gap, Message, Telling
from shadower.domain.events.event import Position

MOST_WAITING = 64
"""Messages with events…"""
MOST_WEIGHT = 1024 * 1024
"""…and about how many bytes of them."""
FAIR = 8
"""After so many messages with events in a row, an answer goes out between them."""


class Outbox:
    """
    Messages in order, and of each subscription's answers only the newest.

    When the listener is so slow that no more events fit, further ones are left out until everything before them has
    been taken; then it is told of the gap, and where to catch up from.
    """

    __slots__ = ("_answers", "_gap", "_in_a_row", "_most", "_most_weight", "_queued", "_reach", "_taken", "_waiting")

    def __init__(self, reach: Callable[[], Position], most: int = MOST_WAITING, most_weight: int = MOST_WEIGHT) -> None:
        """`reach` tells up to where events have been put in here."""
        self._reach = reach
        self._most = most
        self._most_weight = most_weight
        self._waiting: deque[Message] = deque()
        self._queued = 0
        """Bytes of events that wait."""
        self._answers: dict[str, Telling] = {}
        self._gap: Position | None = None
        """Events after this position are being left out."""
        self._taken = reach()
        self._in_a_row = 0

    @property
    def position(self) -> Position:
        """Up to where everything has been put in here."""
        return self._reach() if self._gap is None else self._gap

    @property
    def told_until(self) -> Position:
        """Up to where everything was taken."""
        return self._taken if self._waiting else self.position

    @property
    def queued(self) -> int:
        """About how many bytes wait."""
        return self._queued

    def put(self, events: Events, after: Position) -> None:
        """Put in events, before which everything up to `after` was."""
        if self._gap is not None:
            return
        fits = len(self._waiting) < self._most and self._queued + events.weight <= self._most_weight
        if self._queued and not fits:
            self._gap = after
            return
        self._waiting.append(events)
        self._queued += events.weight

    def skip(self, after: Position) -> None:
        """Leave out what came in after this position."""
        if self._gap is None:
            self._gap = after

    def say(self, telling: Telling) -> None:
        """Put in a message that must not be lost. Who calls this bounds how many they are."""
        self._waiting.append(telling(self.position))

    def show(self, subscription: str, telling: Telling) -> None:
        """Put in the newest answer of a subscription; one that still waits is forgotten."""
        self._answers[subscription] = telling

    def forget(self, subscription: str) -> None:
        """Take out the answer of a subscription."""
        self._answers.pop(subscription, None)

    def take(self) -> Message | None:
        """Return what the listener is to be told next."""
        if self._waiting and not (self._answers and self._in_a_row >= FAIR):
            return self._next()
        self._in_a_row = 0
        if not self._waiting and self._gap is not None:
            after, self._gap = self._gap, None
            return Gap(self._reach(), after)
        if not self._answers:
            return None
        telling = self._answers.pop(next(iter(self._answers)))
        return telling(self.told_until)

    def _next(self) -> Message:
        message = self._waiting.popleft()
        self._taken = message.position
        self._in_a_row += 1
        if isinstance(message, Events):
            self._queued -= message.weight
        return message
