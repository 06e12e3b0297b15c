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
    What goes wrong is told to `report` and tried again.
    """

    def __init__(self, bus: EventBus, fill: FillBus, begin: BeginWork, clock: Clock) -> None:
        self._bus = bus
        self._fill = fill
        self._begin = begin
        self._clock = clock

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
        async with self._begin(reading=True) as work:
            groups = await work.bus_groups.acknowledged()
            if not groups:
                return
            outside = await work.bus_groups.outside()
            (relay,) = await work.projections.statuses([RELAY])
        state = await self._fill.fit()
        if state is None:
            return
        # First of all: on a full bus nothing moves until it is known what was acknowledged.
        await self._carry({name: state.groups[name] for name in outside if name in state.groups}, groups)
        with suppress(BusElsewhere):  # it has been made anew: there is nothing to be trimmed
            await self._bus.trim(min(groups.values()))
        if state.newest < relay.cursor:
            with suppress(BusFull):  # the relay says so; nothing is wrong with the bus
                await self._fill.up_to(Position(relay.cursor))

    async def _carry(self, acknowledged: Mapping[str, Position], known: Mapping[str, Position]) -> None:
        further = {name: to for name, to in acknowledged.items() if to > known.get(name, to)}
        if further:
            async with self._begin() as work:
                await work.bus_groups.carry(further, self._clock.now())
                await work.commit()
