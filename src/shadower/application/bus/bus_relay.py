"""The projection that carries the log onto the bus."""

from collections.abc import Sequence
from typing import Final

from shadower.application.bus.fill_bus import BATCH, FillBus
from shadower.application.ports.handler import Handler
from shadower.application.ports.projection import OutsideProjection, Projection
from shadower.domain.events.event import RecordedEvent

RELAY: Final = "bus-relay"


class BusRelay(OutsideProjection):
    """
    Publishing is recognised by position, so what is handed over twice is on the bus once.

    When the bus is full it waits, and its lag shows: the log holds the rest. Replaying it gives nobody anything again,
    since groups have acknowledged what they have had.
    """

    name = RELAY
    batch = BATCH
    history = False

    def __init__(self, fill: FillBus) -> None:
        self._fill = fill

    async def deliver(self, events: Sequence[RecordedEvent]) -> None:
        """Raises BusUnavailable, BusFull, StoreUnavailable."""
        await self._fill.pass_on(events)


def with_relay(projections: Sequence[Projection], handlers: Sequence[Handler], relay: BusRelay) -> Sequence[Projection]:
    """Return the projections and the relay; without a handler nobody reads the bus, and there is nothing to relay."""
    return [*projections, relay] if handlers else projections
