"""The events of one workspace, findable by id, by session and by time."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Sequence

from shadower.domain.events.event import Position, RecordedEvent

Entry = tuple[int, int]
"""(occurred_at, position): the order of every list."""

_MANY = 500
"""From here on sorting anew is quicker than inserting one by one."""


class Records:
    """Positions only ever grow, so a reader that ignores positions beyond its own sees the past unchanged."""

    def __init__(self) -> None:
        self.positions: list[Position] = []
        self.by_id: dict[str, Position] = {}
        self._by_client_id: defaultdict[str, list[Position]] = defaultdict(list)
        self._by_session: defaultdict[str, list[Position]] = defaultdict(list)
        self._timeline: list[Entry] = []
        self._unsorted: list[Entry] = []

    def add(self, recorded: RecordedEvent) -> None:
        """Take in the next event."""
        position, event = recorded.position, recorded.event
        self.positions.append(position)
        self.by_id[event.id] = position
        if event.client_id is not None:
            self._by_client_id[event.client_id].append(position)
        if event.session_id is not None:
            self._by_session[event.session_id].append(position)
        self._unsorted.append((event.occurred_at, position))

    def of_client_id(self, client_id: str, until: Position) -> Position | None:
        """Return the newest position of an event with this client id."""
        positions = self._by_client_id.get(client_id, ())
        seen = bisect_right(positions, until)
        return positions[seen - 1] if seen else None

    def sessions(self) -> list[str]:
        """Return every session's id, those that began beyond a reader's position included."""
        return list(self._by_session)

    def of_session(self, session_id: str, until: Position) -> Sequence[Position]:
        """Return the positions of a session's events, ascending."""
        positions = self._by_session.get(session_id, [])
        return positions[: bisect_right(positions, until)]

    def timeline(self) -> list[Entry]:
        """Return every event's place in time, ascending; not to be changed, nor kept across an await."""
        late = self._unsorted
        if len(late) > _MANY:
            self._timeline += late
            self._timeline.sort()
        else:
            for entry in late:
                insort(self._timeline, entry)
        late.clear()
        return self._timeline

    def between(self, start: int | None, end: int | None) -> tuple[int, int]:
        """Return the places in the timeline where [start, end) (micros) begins and ends."""
        timeline = self.timeline()
        low = 0 if start is None else bisect_left(timeline, (start,))
        high = len(timeline) if end is None else bisect_left(timeline, (end,))
        return low, max(low, high)
