"""Add a group for a program that is not ours, which reads the bus by itself."""

from collections.abc import Sequence

from shadower.application.bus.fill_bus import FillBus
from shadower.application.ports.clock import Clock
from shadower.application.ports.event_bus import EventBus
from shadower.application.ports.event_log import EventLog
from shadower.application.ports.handler import Handler
from shadower.application.ports.work import BeginWork
from shadower.domain.bus.group import BusGroupTaken
from shadower.domain.errors import Conflict
from shadower.domain.events.event import Position


class BusNotShared(Conflict):
    """The bus is in the memory of each process, where no other program can read it."""

    code = "bus_not_shared"


class AddBusGroup:
    """
    It is given what is recorded from now on, or the whole log; one that is there already stays where it is.

    When this returns, its program can read, unless the bus is lost just then. Raises BusNotShared, BusGroupTaken for
    the name of a handler's group, BusGroupNameInvalid, BusUnavailable, StoreUnavailable.
    """

    def __init__(
        self,
        begin: BeginWork,
        log: EventLog,
        bus: EventBus,
        fill: FillBus,
        clock: Clock,
        handlers: Sequence[Handler],
    ) -> None:
        self._begin = begin
        self._log = log
        self._bus = bus
        self._fill = fill
        self._clock = clock
        self._handlers = handlers

    async def __call__(self, group: str, *, whole: bool = False) -> Position:
        """Return the position that it has acknowledged everything up to."""
        if not self._bus.shared:
            raise BusNotShared("Without Redis no other program can read the event bus: set SHADOWER_REDIS_URL.")
        if any(handler.group == group for handler in self._handlers):
            raise BusGroupTaken.of(group, outside=True)
        after = Position(0) if whole else await self._log.head()
        async with self._begin() as work:
            await work.bus_groups.join(group, after, self._clock.now(), outside=True)
            place = (await work.bus_groups.places())[group]
            await work.commit()
        await self._fill.fit()
        return place.acknowledged
