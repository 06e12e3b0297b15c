"""List the groups of the event bus."""

from collections.abc import Sequence
from dataclasses import dataclass

from shadower.application.ports.clock import Clock
from shadower.application.ports.work import BeginWork
from shadower.domain.bus.group import BusGroup


@dataclass(frozen=True, slots=True)
class GroupList:
    """Every group, by name."""

    groups: Sequence[BusGroup]
    now: int
    """Micros."""


class ListBusGroups:
    """Those of handlers there are no more as well: they hold up the bus until somebody removes them."""

    def __init__(self, begin: BeginWork, clock: Clock) -> None:
        self._begin = begin
        self._clock = clock

    async def __call__(self) -> GroupList:
        """Raises StoreUnavailable."""
        async with self._begin(reading=True) as work:
            return GroupList(await work.bus_groups.statuses(), self._clock.now())
