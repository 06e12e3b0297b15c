"""
Which hours of a workspace were touched by events since when: what tells whether what was counted is still true.

Nothing here is told by anybody: each snapshot is asked for what came in since the last look. It is also asked whether
its log is still the one that was looked at, which it is not when a store was restored from a copy, or taken over by a
replica that lacks the last events.
"""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from shadower.application.ports.snapshot import Snapshot
from shadower.application.ports.tally_codec import KeptHead
from shadower.domain.events.event import Position, WorkspaceId

MOST_BEHIND: Final = 20_000
"""Positions: to read more of the log than this takes longer than to count anew."""
MOST_HOURS: Final = 10_000
MOST_WORKSPACES: Final = 1_000
MOST_MARKS: Final = 10_000
MOST_STRANGE: Final = 20
"""Snapshots in a row that are older than the last look and unknown: so many are no coincidence, but a log cut short."""
_BEGINNING: Final = Position(0)


@dataclass(slots=True)
class _Seen:
    """What is known of one workspace: every hour touched by a position in (floor, known]."""

    floor: Position
    known: Position
    hours: dict[int, Position] = field(default_factory=dict)
    """Hour → the greatest position that touched it, in the order of the positions."""


class Touches:
    """Bounded: what it has forgotten counts as touched."""

    def __init__(self) -> None:
        self._workspaces: OrderedDict[WorkspaceId, _Seen] = OrderedDict()
        self._marks: OrderedDict[Position, str] = OrderedDict()
        """Of the log (`Snapshot.marks`)."""
        self._head: Position | None = None
        self._strange = 0

    async def look(self, workspace: WorkspaceId, snapshot: Snapshot) -> bool:
        """
        Take in what the snapshot sees and was not seen before. Raises what the snapshot does.

        Return whether the snapshot's log is known to be the one looked at: otherwise nothing may be taken for true.
        """
        position = snapshot.position
        if not await self._is_one_log(snapshot):
            return False
        seen = self._workspaces.get(workspace)
        if seen is None or position - seen.known > MOST_BEHIND:
            floor = Position(max(0, position - MOST_BEHIND))
            seen = _Seen(floor, floor)
            self._workspaces[workspace] = seen
        self._workspaces.move_to_end(workspace)
        if len(self._workspaces) > MOST_WORKSPACES:
            self._workspaces.popitem(last=False)
        if position > seen.known:
            # Others may look meanwhile: what they find they add, and the same twice does no harm.
            known = seen.known
            _add(seen, await snapshot.touched(known, position), position)
        return True

    def mark_at(self, position: Position) -> str | None:
        """Return the mark of the event at a position that was looked at, None when it has none."""
        return self._marks.get(position)

    async def is_untouched(
        self, workspace: WorkspaceId, kept: KeptHead, start: int, end: int, snapshot: Snapshot
    ) -> bool:
        """Whether the snapshot sees the events in [start, end), whole hours, that there were at the kept position."""
        seen = self._workspaces.get(workspace)
        if seen is None:
            return False
        low, high = sorted((kept.position, snapshot.position))
        if not seen.floor <= low <= high <= seen.known:
            return False
        if low < high and _touched_since(seen, low, start, end):
            return False
        return await self._agrees(kept, snapshot)

    async def _is_one_log(self, snapshot: Snapshot) -> bool:
        position, head = snapshot.position, self._head
        if head is not None and position < head:
            return await self._is_known(snapshot)
        found = await _marks(snapshot, {position} if head is None else {head, position})
        if head is not None and not self._agree(head, found.get(head)):
            return False
        if position not in found:
            return False
        self._remember(position, found[position])
        self._head = max(position, self._head or position)
        self._strange = 0
        return True

    async def _is_known(self, snapshot: Snapshot) -> bool:
        """Whether a snapshot that is older than the last look was looked at when it was new."""
        position = snapshot.position
        if position in self._marks:
            return self._agree(position, (await _marks(snapshot, {position})).get(position))
        self._strange += 1
        if self._strange > MOST_STRANGE:
            self._forget()
        return False

    async def _agrees(self, kept: KeptHead, snapshot: Snapshot) -> bool:
        position = kept.position
        if position not in self._marks:
            if position > snapshot.position:
                return False
            found = await _marks(snapshot, {position})
            if position not in found:
                return False
            self._remember(position, found[position])
        return self._marks[position] == kept.mark

    def _agree(self, position: Position, mark: str | None) -> bool:
        """Whether it is the mark that was seen there; everything is forgotten when it is another."""
        if mark is not None and self._marks.get(position) == mark:
            return True
        self._forget()
        return False

    def _forget(self) -> None:
        self._workspaces.clear()
        self._marks.clear()
        self._head = None
        self._strange = 0

    def _remember(self, position: Position, mark: str) -> None:
        self._marks[position] = mark
        self._marks.move_to_end(position)
        if len(self._marks) > MOST_MARKS:
            self._marks.popitem(last=False)


async def _marks(snapshot: Snapshot, positions: Collection[Position]) -> Mapping[Position, str]:
    """Return the marks, of the beginning as well: that is the same in every log."""
    return {_BEGINNING: "", **await snapshot.marks(positions)}


def _touched_since(seen: _Seen, low: Position, start: int, end: int) -> bool:
    """
    Whether an hour of the range was touched later than this, the latest being looked at first.

    One that was touched later than a snapshot sees may have been touched before as well: so it counts.
    """
    for hour, position in reversed(seen.hours.items()):
        if position <= low:
            return False
        if start <= hour < end:
            return True
    return False


def _add(seen: _Seen, hours: Mapping[int, Position], position: Position) -> None:
    in_order = sorted(hours.items(), key=_position)
    overtaken = bool(in_order) and _position(in_order[0]) <= seen.known
    for hour, last in in_order:
        if last > seen.hours.get(hour, 0):
            seen.hours.pop(hour, None)
            seen.hours[hour] = last
    if overtaken:
        seen.hours = dict(sorted(seen.hours.items(), key=_position))
    seen.known = max(seen.known, position)
    if len(seen.hours) > MOST_HOURS:
        seen.hours.clear()
        seen.floor = seen.known


def _position(touch: tuple[int, Position]) -> Position:
    return touch[1]
