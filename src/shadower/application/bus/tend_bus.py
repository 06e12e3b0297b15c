"""Look after the bus: drop what every group has acknowledged, and notice when something is missing."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from shadower.application.bus.bus_relay import RELAY
from shadower.application.bus.fill_bus import FillBus
from shadower.application.ports.clock import Clock
from shadower.application.ports.event_bus import BusElsewhere, BusFull, EventBus
from shadower.application.ports.report import Report
from shadower.application.ports.work import BeginWork
from shadower.domain.bus.group import GroupPlace
from shadower.domain.events.event import Position
from shadower.domain.growing_pause import growing_pause

EVERY: Final = 0.5
"""Seconds between two looks."""
LONGEST_PAUSE: Final = 5.0


class TendBus:
    """
    Runs until cancelled, in every process that may handle events: a bus in memory is each process's own.

    It fills the bus only up to where the relay has come: whoever pauses the relay pauses the bus. It writes down how
    far groups outside have come by what the bus tells, but only what was told together with a state that fits the log.
    Once the last group has gone it empties the bus, and leaves it alone until there is one. What goes wrong is told to
    `report` and tried again.
    """

    def __init__(self, bus: EventBus, fill: FillBus, begin: BeginWork, clock: Clock) -> None:
        self._bus = bus
        self._fill = fill
        self._begin = begin
        self._clock = clock
        self._is_empty = False

    async def __call__(self, report: Report) -> None:
        """Look every now and then."""
        failures = 0
        while True:
            try:
                await self.once()
                failures = 0
            except Exception as error:  # noqa: BLE001 - reported; a bus without care would fill up for good
                failures += 1
                report(error)
            await asyncio.sleep(growing_pause(failures, EVERY, LONGEST_PAUSE))

    async def once(self) -> None:
        """Look now. Raises BusUnavailable, StoreUnavailable."""
        if self._is_empty and not await self._fill.is_wanted():
            return
        state = await self._fill.fit()
        self._is_empty = state is None
        if state is None:
            return
        async with self._begin(reading=True) as work:
            groups = await work.bus_groups.places()
            outside = await work.bus_groups.outside()
            (relay,) = await work.projections.statuses([RELAY])
        # First of all: on a full bus nothing moves until it is known what was acknowledged.
        known = {name: place for name, place in groups.items() if name in outside}
        reached = {**groups, **await self._carry(state.groups, known)}
        with suppress(BusElsewhere):  # it has been made anew: there is nothing to be trimmed
            await self._bus.trim(min((place.acknowledged for place in reached.values()), default=state.newest))
        if state.newest < relay.cursor:
            with suppress(BusFull):  # the relay says so; nothing is wrong with the bus
                await self._fill.up_to(Position(relay.cursor))

    async def _carry(self, told: Mapping[str, GroupPlace], known: Mapping[str, GroupPlace]) -> Mapping[str, GroupPlace]:
        """Return those that have come further than was known."""
        further = {name: place for name, place in told.items() if name in known and place.is_beyond(known[name])}
        if further:
            async with self._begin() as work:
                await work.bus_groups.carry(further, self._clock.now())
                await work.commit()
        return further
