"""Look after the bus: drop what every group has acknowledged, and notice when something is missing."""

import asyncio
from contextlib import suppress
from typing import Final

from shadower.application.bus.bus_relay import RELAY
from shadower.application.bus.fill_bus import FillBus
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
    Runs until cancelled, in every process with handlers: a bus in memory is each process's own.

    It fills the bus only up to where the relay has come: whoever pauses the relay pauses the bus. What goes wrong is
    told to `report` and tried again.
    """

    def __init__(self, bus: EventBus, fill: FillBus, begin: BeginWork) -> None:
        self._bus = bus
        self._fill = fill
        self._begin = begin

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
            (relay,) = await work.projections.statuses([RELAY])
        if not groups:
            return
        with suppress(BusElsewhere):  # there is nothing to be trimmed: it has to be filled first
            await self._bus.trim(min(groups.values()))
        with suppress(BusFull):  # the relay says so; nothing is wrong with the bus
            await self._fill.up_to(Position(relay.cursor))
