"""Remove a group whose handler or program is gone, so that the bus need not keep anything for it."""

from contextlib import suppress

from shadower.application.ports.event_bus import BusUnavailable, EventBus
from shadower.application.ports.work import BeginWork


class RemoveBusGroup:
    """
    Its dead letters go with it. A handler that comes back later begins as a new group does.

    Raises BusGroupNotFound, BusGroupInUse while a process serves it, BusGroupNameInvalid, StoreUnavailable.
    """

    def __init__(self, begin: BeginWork, bus: EventBus) -> None:
        self._begin = begin
        self._bus = bus

    async def __call__(self, group: str) -> None:
        """Remove it."""
        async with self._begin() as work:
            place = await work.bus_groups.remove(group)
            await work.commit()
        with suppress(BusUnavailable):  # whoever looks after the bus compares it with the store
            await self._bus.remove(group, place.incarnation)
