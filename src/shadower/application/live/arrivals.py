"""What came in last, kept in memory: for those who come back after a moment, and for those who poll."""

from collections import deque
from collections.abc import Sequence

from shadower.domain.events.event import Event, Position, RecordedEvent, WorkspaceId

MOST_KEPT = 2_000
MOST_WEIGHT = 8 * 1024 * 1024
"""Bytes, about."""

_USUAL_WEIGHT = 600
"""Bytes that an event takes as JSON without its `data`, about."""


class Arrival:
    """An event that came in. One object per event, so that it is written as JSON once for everybody."""

    __slots__ = ("__weakref__", "event", "position", "recorded", "weight", "workspace")

    def __init__(self, recorded: RecordedEvent) -> None:
        self.recorded = recorded
        self.position: Position = recorded.position
        self.workspace: WorkspaceId = recorded.workspace
        self.event: Event = recorded.event
        self.weight = _USUAL_WEIGHT + len(recorded.event.data or "")
        """Bytes, about."""


class Tail:
    """The newest arrivals of all workspaces, without a gap, bounded in number and weight."""

    def __init__(self, most: int = MOST_KEPT, most_weight: int = MOST_WEIGHT) -> None:
        self._most = most
        self._most_weight = most_weight
        self._kept: deque[Arrival] = deque()
        self._weight = 0
        self._after = Position(0)

    def begin(self, after: Position) -> None:
        """Forget everything; what is added next came in after this position."""
        self._kept.clear()
        self._weight = 0
        self._after = after

    def add(self, arrivals: Sequence[Arrival]) -> None:
        """Take in what came in next, in order."""
        for arrival in arrivals:
            self._kept.append(arrival)
            self._weight += arrival.weight
        while self._kept and (len(self._kept) > self._most or self._weight > self._most_weight):
            oldest = self._kept.popleft()
            self._weight -= oldest.weight
            self._after = oldest.position

    def since(self, after: Position, workspace: WorkspaceId, limit: int) -> Sequence[Arrival] | None:
        """
        Return the first `limit` arrivals in the workspace after the position, in order.

        None when that reaches too far back.
        """
        if after < self._after:
            return None
        found: list[Arrival] = []
        for arrival in reversed(self._kept):
            if arrival.position <= after:
                break
            if arrival.workspace == workspace:
                found.append(arrival)
        return found[: -limit - 1 : -1]
