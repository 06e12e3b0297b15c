"""How far a group has come while several of its events are being handled at once."""

from collections import deque

from shadower.domain.events.event import Position


class Reach:
    """
    Everything up to `acknowledged` is done with; beyond it some is, up to `taken`.

    Events are begun in the order of the log and finished in any, because those of one workspace do not wait for those
    of another.
    """

    def __init__(self, acknowledged: Position) -> None:
        self.taken = acknowledged
        self._begun: deque[Position] = deque()
        self._open: set[Position] = set()

    @property
    def acknowledged(self) -> Position:
        """The position up to which nothing is left to do."""
        return Position(self._begun[0] - 1) if self._begun else self.taken

    @property
    def open(self) -> int:
        """How many events are begun and not finished."""
        return len(self._open)

    def begin(self, position: Position) -> bool:
        """Note that this event is to be handled; False when it was begun before, whatever became of it."""
        if position <= self.taken:
            return False
        self.taken = position
        self._begun.append(position)
        self._open.add(position)
        return True

    def is_open(self, position: Position) -> bool:
        """Whether this event is begun and not finished."""
        return position in self._open

    def pass_by(self, position: Position) -> None:
        """Note that up to here nothing is to be handled but what was begun."""
        self.taken = max(self.taken, position)

    def finish(self, position: Position) -> None:
        """Note that the event is done with."""
        self._open.discard(position)
        while self._begun and self._begun[0] not in self._open:
            self._begun.popleft()
