"""The projection that carries the log onto the bus."""

from collections.abc import Sequence
from typing import Final

from shadower.application.bus.fill_bus import BATCH, FillBus
from shadower.application.ports.event_bus import EventBus
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

    async def is_wanted(self) -> bool:
        """Raises StoreUnavailable."""
        return await self._fill.is_wanted()

    async def deliver(self, events: Sequence[RecordedEvent]) -> None:
        """Raises BusUnavailable, BusFull, StoreUnavailable."""
        await self._fill.pass_on(events)


def with_relay(
    projections: Sequence[Projection], handlers: Sequence[Handler], bus: EventBus, relay: BusRelay
) -> Sequence[Projection]:
    """Return the projections and the relay; a bus that neither a handler nor anybody else can read needs none."""
    return [*projections, relay] if handlers or bus.shared else projections
