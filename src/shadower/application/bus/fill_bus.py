"""Keep on the bus what its groups have not acknowledged yet, whatever has become of it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Final

from shadower.application.ports.event_bus import BusElsewhere, BusFull, BusState, BusUnavailable, EventBus
from shadower.application.ports.event_log import EventLog
from shadower.application.ports.work import BeginWork
from shadower.domain.bus.group import GroupPlace
from shadower.domain.events.event import Position, RecordedEvent

BATCH: Final = 500
"""Events published at a time when the bus has to be filled again."""
LOOK_EVERY: Final = 1.0
"""Seconds after which it is noticed that the last group has gone."""
PATIENCE: Final = 5.0
"""Seconds to wait for room before saying that there is none."""

_PAUSE: Final = 0.05
_TRIES: Final = 10


class FillBus:
    """
    Makes the bus a copy of a stretch of the log, whatever it was before.

    When it cannot be continued, it is made anew from the position up to which every group has acknowledged. Several
    processes may do this at once. Without a group nothing is published, since there is nobody to read it; LOOK_EVERY
    may pass until that is noticed.

    Raises BusUnavailable, BusFull, StoreUnavailable.
    """

    def __init__(self, bus: EventBus, log: EventLog, begin: BeginWork) -> None:
        self._bus = bus
        self._log = log
        self._begin = begin
        self._wanted_until = 0.0

    async def is_wanted(self) -> bool:
        """Whether there is any group."""
        if monotonic() >= self._wanted_until:
            async with self._begin(reading=True) as work:
                if not await work.bus_groups.places():
                    return False
            self._wanted_until = monotonic() + LOOK_EVERY
        return True

    async def pass_on(self, events: Sequence[RecordedEvent]) -> None:
        """Publish what the log has next; what is on the bus already is not published again."""
        try:
            await self._publish(events, Position(events[0].position - 1), PATIENCE)
        except BusElsewhere:
            await self.up_to(events[-1].position, patience=PATIENCE)

    async def up_to(self, goal: Position, *, patience: float = 0.0) -> None:
        """Publish whatever of the log is missing on the bus up to the position; wait so long (seconds) for room."""
        state = await self.fit()
        while state is not None and state.newest < goal:
            found = await self._log.read(state.newest, BATCH)
            events = [event for event in found if event.position <= goal]
            if not events:
                return
            try:
                await self._publish(events, state.newest, patience)
            except BusElsewhere:
                state = await self.fit()
            else:
                state = replace(state, newest=events[-1].position, newest_id=events[-1].event.id)

    async def fit(self) -> BusState | None:
        """
        Make the bus fit the log and the groups there are, and return what it holds.

        Without any group it is emptied, and None returned.
        """
        for _ in range(_TRIES):
            state = await self._bus.state()
            # Read after the state: whoever is on the bus has joined here before.
            async with self._begin(reading=True) as work:
                groups = await work.bus_groups.places()
            try:
                if not groups:
                    await self._empty(state)
                    return None
                furthest_behind = min(place.acknowledged for place in groups.values())
                if state is not None and await self._fits(state, furthest_behind):
                    return await self._with_groups(state, groups)
                await self._bus.restart(state, after=furthest_behind, groups=groups)
            except BusElsewhere:  # another process was quicker: look at what it has made
                continue
        raise BusUnavailable("The bus is changed by others faster than it can be looked at.")

    async def _fits(self, state: BusState, furthest_behind: Position) -> bool:
        """Whether it holds what every group still has to see, and what it holds is in the log."""
        if not state.floor <= furthest_behind <= state.newest:
            return False
        if state.newest_id is None:
            return state.newest <= await self._log.head()
        found = await self._log.read(Position(state.newest - 1), 1)
        if found and found[0].position == state.newest:
            return found[0].event.id == state.newest_id
        # Retention may have taken it, and then there is nothing to compare.
        return state.newest <= await self._log.head()

    async def _with_groups(self, state: BusState, groups: Mapping[str, GroupPlace]) -> BusState:
        for name, place in groups.items():
            if name not in state.groups or state.groups[name].incarnation != place.incarnation:
                await self._bus.join(name, place)
        for name in state.groups.keys() - groups.keys():
            await self._bus.remove(name, state.groups[name].incarnation)
        return state

    async def _empty(self, state: BusState | None) -> None:
        self._wanted_until = 0.0
        if state is not None:
            await self._with_groups(state, {})
            await self._bus.trim(state.newest)

    async def _publish(self, events: Sequence[RecordedEvent], after: Position, patience: float) -> None:
        until = monotonic() + patience
        while True:
            try:
                return await self._bus.publish(events, after=after)
            except BusFull:
                if monotonic() >= until:
                    raise
            await asyncio.sleep(_PAUSE)
