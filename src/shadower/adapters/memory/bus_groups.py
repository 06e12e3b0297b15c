"""The consumer groups in memory."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from shadower.adapters.memory.state import GroupRow, MemoryState
from shadower.adapters.memory.views import Views
from shadower.application.ports.bus_groups import BusGroups
from shadower.domain.bus.group import (
    OUTSIDE,
    BusGroup,
    BusGroupInUse,
    BusGroupLost,
    BusGroupNotFound,
    BusGroupTaken,
    GroupLease,
    GroupPlace,
    check_group,
)
from shadower.domain.events.event import Position
from shadower.domain.events.moments import SECOND


class MemoryBusGroups(BusGroups):
    """Groups by name. Leases run out by the store's clock."""

    def __init__(self, state: MemoryState, views: Views) -> None:
        self._state = state
        self._rows = views.bus_groups
        self._letters = views.dead_letters
        self._letter_places = views.dead_letter_places

    async def join(self, group: str, after: Position, at: int, *, outside: bool = False) -> None:
        row = await self._rows.lock(check_group(group))
        if row is None:
            incarnation = next(self._state.group_tokens)
            self._rows.put(group, GroupRow(group, after, at, outside=outside, incarnation=incarnation))
        elif row.outside is not outside:
            raise BusGroupTaken.of(group, outside=outside)

    async def places(self) -> Mapping[str, GroupPlace]:
        return {row.name: _place(row) for row in self._rows.newest_first()}

    async def outside(self) -> Collection[str]:
        return [row.name for row in self._rows.newest_first() if row.outside]

    async def carry(self, places: Mapping[str, GroupPlace], at: int) -> None:
        for group, place in sorted(places.items()):
            row = await self._rows.lock(group)
            if row is None or not row.outside or row.incarnation != place.incarnation:
                continue
            if row.acknowledged < place.acknowledged:
                self._rows.put(group, replace(row, acknowledged=place.acknowledged, moved_at=at))

    async def statuses(self) -> Sequence[BusGroup]:
        letters = Counter(letter.group for letter in self._letters.newest_first())
        rows = sorted(self._rows.newest_first(), key=lambda row: row.name)
        return [self._status(row, letters[row.name]) for row in rows]

    async def acquire(self, group: str, owner: str, seconds: float) -> tuple[GroupLease, Position] | None:
        row = await self._rows.lock(check_group(group))
        if row is None or row.outside or self._in_force(row):
            return None
        taken = replace(row, owner=owner, token=next(self._state.group_tokens), expires_at=self._in(seconds))
        self._rows.put(group, taken)
        return GroupLease(group, owner, taken.token), taken.acknowledged

    async def hold(self, lease: GroupLease, acknowledged: Position, seconds: float, at: int) -> None:
        row = await self._held(lease)
        if row is None:
            raise BusGroupLost(f"The group {lease.group!r} is no longer this process's to serve.")
        row = replace(row, expires_at=self._in(seconds))
        if acknowledged > row.acknowledged:
            row = replace(row, acknowledged=acknowledged, moved_at=at)
        self._rows.put(lease.group, row)

    async def release(self, lease: GroupLease) -> None:
        row = await self._held(lease)
        if row is not None:
            self._rows.put(lease.group, replace(row, owner=None, expires_at=0))

    async def remove(self, group: str) -> GroupPlace:
        row = await self._rows.lock(check_group(group))
        if row is None:
            raise BusGroupNotFound(f"There is no group {group!r}.", field="group")
        if self._in_force(row):
            raise BusGroupInUse(f"The group {group!r} is served by {row.owner}: take its handler away first.")
        for letter in [letter for letter in self._letters.newest_first() if letter.group == group]:
            await self._letter_places.lock((group, letter.position))
            await self._letters.lock(letter.id)
            self._letter_places.remove((group, letter.position))
            self._letters.remove(letter.id)
        self._rows.remove(group)
        return _place(row)

    async def _held(self, lease: GroupLease) -> GroupRow | None:
        row = await self._rows.lock(lease.group)
        return row if row is not None and row.token == lease.token and row.owner is not None else None

    def _in_force(self, row: GroupRow) -> bool:
        return row.owner is not None and row.expires_at > self._state.clock.now()

    def _in(self, seconds: float) -> int:
        return self._state.clock.now() + round(seconds * SECOND)

    def _status(self, row: GroupRow, letters: int) -> BusGroup:
        head, come = self._state.head, row.acknowledged
        oldest = next(iter(self._state.after(come)), None)
        waiting = None if oldest is None else oldest.received_at
        owner = OUTSIDE if row.outside else row.owner if self._in_force(row) else None
        return BusGroup(row.name, come, head, row.moved_at, waiting, owner, letters)


def _place(row: GroupRow) -> GroupPlace:
    return GroupPlace(row.acknowledged, row.incarnation)
