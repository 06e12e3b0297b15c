"""The event bus in memory: for one process, and gone with it."""

import asyncio
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from shadower.application.ports.event_bus import (
    BusElsewhere,
    BusFull,
    BusGroupMissing,
    BusHealth,
    BusState,
    BusSuperseded,
    Delivery,
    EventBus,
    Subscription,
    Taken,
)
from shadower.domain.bus.group import GroupPlace
from shadower.domain.events.event import Position, RecordedEvent, WorkspaceId

_EVENT_BYTES: Final = 1_000
"""About what an event without `data` takes."""


@dataclass(slots=True)
class _Group:
    """One group's place."""

    given: Position
    """The last event it was given."""
    incarnation: int
    pending: dict[Position, RecordedEvent] = field(default_factory=dict)
    """What it was given and has not acknowledged."""
    token: int = 0

    @property
    def acknowledged(self) -> Position:
        return Position(min(self.pending, default=self.given + 1) - 1)


class MemoryEventBus(EventBus):
    """A list of events, and each group's place in it."""

    shared = False

    def __init__(self, limit_bytes: int) -> None:
        """`limit_bytes` bounds what the events on it take."""
        self._limit = limit_bytes
        self._begun = False
        self._floor = Position(0)
        self._newest = Position(0)
        self._newest_id: str | None = None
        self._events: list[RecordedEvent] = []
        self._positions: list[Position] = []
        self._bytes = 0
        self._groups: dict[str, _Group] = {}
        self._grown = asyncio.Event()

    async def publish(self, events: Sequence[RecordedEvent], *, after: Position) -> None:
        if not self._begun or after != self._newest:
            raise BusElsewhere(f"The newest event on the bus is {self._newest}, not {after}.")
        if self._bytes >= self._limit:
            raise _full()
        for event in events:
            self._events.append(event)
            self._positions.append(event.position)
            self._bytes += _weight(event)
        if events:
            self._newest, self._newest_id = events[-1].position, events[-1].event.id
            self._wake()

    def subscribe(self, group: str, types: frozenset[str] | None, *, consumer: str, token: int) -> Subscription:
        del consumer  # the token alone says who it is
        return _MemorySubscription(self, group, types, token)

    async def join(self, group: str, place: GroupPlace) -> None:
        if not self._begun or place.acknowledged < self._floor:
            raise BusElsewhere("The bus does not hold what the group has to see.")
        if not self._holds(group, place.incarnation):
            self._groups[group] = _Group(place.acknowledged, place.incarnation)

    async def remove(self, group: str, incarnation: int) -> None:
        if self._holds(group, incarnation):
            del self._groups[group]

    async def trim(self, to: Position) -> None:
        if not self._begun:
            raise BusElsewhere("The bus holds nothing.")
        to = min([to, *(group.acknowledged for group in self._groups.values())])
        if to <= self._floor:
            return
        gone = bisect_right(self._positions, to)
        self._bytes -= sum(_weight(event) for event in self._events[:gone])
        del self._events[:gone], self._positions[:gone]
        self._floor = to

    async def state(self) -> BusState | None:
        if not self._begun:
            return None
        groups = {
            name: GroupPlace(min(group.acknowledged, self._newest), group.incarnation)
            for name, group in self._groups.items()
        }
        return BusState(self._floor, self._newest, self._newest_id, groups)

    async def restart(self, seen: BusState | None, *, after: Position, groups: Mapping[str, GroupPlace]) -> None:
        if _extent(await self.state()) != _extent(seen):
            raise BusElsewhere("Somebody else has made the bus anew.")
        self._begun = True
        self._floor = self._newest = after
        self._newest_id = None
        self._events, self._positions, self._bytes = [], [], 0
        self._groups = {name: _Group(place.acknowledged, place.incarnation) for name, place in groups.items()}
        self._wake()

    async def health(self) -> BusHealth:
        return BusHealth("memory", reachable=True, events=len(self._events))

    async def close(self) -> None:
        """Nothing to let go of: it goes with the process."""

    def group_for(self, name: str, token: int) -> _Group:
        """Return the group for a consumer. Raises BusGroupMissing, BusSuperseded."""
        group = self._groups.get(name)
        if group is None:
            raise BusGroupMissing(f"The bus does not know the group {name!r}.")
        if group.token > token:
            raise BusSuperseded(f"Another consumer reads for {name!r} by now.")
        return group

    def pending(self, name: str) -> dict[Position, RecordedEvent]:
        """Return what the group was given and has not acknowledged; nothing for one that is not there."""
        return self._groups[name].pending if name in self._groups else {}

    def beyond(self, position: Position, limit: int) -> list[RecordedEvent]:
        """Return up to `limit` events after the position."""
        first = bisect_right(self._positions, position)
        return self._events[first : first + limit]

    async def growth(self, within: float) -> None:
        """Wait until something is published, at most so long (seconds)."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._grown.wait()

    def _holds(self, name: str, incarnation: int) -> bool:
        group = self._groups.get(name)
        return group is not None and group.incarnation == incarnation

    def _wake(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()


class _MemorySubscription(Subscription):
    def __init__(self, bus: MemoryEventBus, group: str, types: frozenset[str] | None, token: int) -> None:
        self._bus = bus
        self._group = group
        self._types = types
        self._token = token
        self._left_behind: list[RecordedEvent] = []

    async def take(self, limit: int, within: float) -> Taken:
        taken = self._take(limit)
        if taken.through or not within:
            return taken
        await self._bus.growth(within)
        return self._take(limit)

    async def acknowledge(self, positions: Sequence[Position]) -> None:
        pending = self._bus.pending(self._group)
        for position in positions:
            pending.pop(position, None)

    def _take(self, limit: int) -> Taken:
        group = self._bus.group_for(self._group, self._token)
        if group.token < self._token:
            group.token = self._token
            self._left_behind = [group.pending[position] for position in sorted(group.pending)]
        self._left_behind = [event for event in self._left_behind if event.position in group.pending]
        if self._left_behind:
            events, self._left_behind = self._left_behind[:limit], self._left_behind[limit:]
        else:
            events = self._bus.beyond(group.given, limit)
            group.given = events[-1].position if events else group.given
        wanted = [event for event in events if self._types is None or event.event.type in self._types]
        for event in events:
            group.pending.pop(event.position, None)
        group.pending |= {event.position: event for event in wanted}
        return Taken([_MemoryDelivery(event) for event in wanted], events[-1].position if events else Position(0))


class _MemoryDelivery(Delivery):
    __slots__ = ("_event",)

    def __init__(self, event: RecordedEvent) -> None:
        self._event = event

    @property
    def position(self) -> Position:
        return self._event.position

    @property
    def workspace(self) -> WorkspaceId:
        return self._event.workspace

    @property
    def event_id(self) -> str:
        return self._event.event.id

    @property
    def type(self) -> str:
        return self._event.event.type

    def recorded(self) -> RecordedEvent:
        return self._event


def _extent(state: BusState | None) -> tuple[Position, Position] | None:
    return None if state is None else (state.floor, state.newest)


def _weight(event: RecordedEvent) -> int:
    return _EVENT_BYTES + len(event.event.data or "")


def _full() -> BusFull:
    return BusFull("The bus is full: a group has to acknowledge what is on it first.")
