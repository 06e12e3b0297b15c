"""Serving a group for as long as this process has its lease."""

import asyncio
from contextlib import suppress
from time import monotonic
from typing import Final

from shadower.application.bus.attempts import Attempts
from shadower.application.bus.group_hold import GroupHold
from shadower.application.bus.lanes import Lanes
from shadower.application.bus.means import Means
from shadower.application.bus.replays import MOST, Replays
from shadower.application.ports.event_bus import BusGroupMissing, BusSuperseded, BusUnavailable, Delivery, Taken
from shadower.application.ports.handler import Handler
from shadower.application.ports.report import Report
from shadower.domain.bus.dead_letter import DeadLetter, UnhandledEvent
from shadower.domain.bus.group import BusGroupLost
from shadower.domain.bus.reach import Reach
from shadower.domain.errors import Unavailable
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.growing_pause import growing_pause
from shadower.domain.projections.lease import LEASE_SECONDS, RENEW_EVERY

BATCH: Final = 500
"""Events taken at a time."""
WINDOW: Final = 2_000
"""Events taken and not dealt with, most of them waiting for others of their workspace."""
TAKE_WITHIN: Final = 1.0
DRAIN_SECONDS: Final = 3.0
"""For handlers to finish what they are at when the process stops."""

_TICK: Final = 0.1
_SOON: Final = 0.5
"""Seconds from one writing down of how far the group has come to the next, once it has caught up…"""
_MANY: Final = 10_000
"""…or has come so many events further. In between it is written down whenever the lease is prolonged."""
_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 5.0


class GroupSession:
    """
    Takes events off the bus, has them handled in the order of each workspace, and keeps how far the group has come.

    An event is acknowledged on the bus, and passed by in the store, only after it was handled or kept as a dead letter.
    """

    def __init__(self, handler: Handler, hold: GroupHold, acknowledged: Position, means: Means, report: Report) -> None:
        self._hold = hold
        self._means = means
        self._report = report
        self._reach = Reach(acknowledged)
        self._attempts = Attempts(handler, hold, self._give_up, report, means.leniency)
        self._replays = Replays(self._attempts, means)
        self._lanes: Lanes[WorkspaceId, Delivery | DeadLetter] = Lanes(self._deal_with)
        self._subscription = means.bus.subscribe(
            handler.group, handler.types, consumer=means.owner, token=hold.lease.token
        )
        self._to_acknowledge: list[Position] = []
        self._room = asyncio.Event()
        self._caught_up = False
        self._written = acknowledged
        self._asked_at = monotonic()

    async def run(self) -> None:
        """Go on until cancelled. Raises an ExceptionGroup of what made it impossible, such as BusGroupLost."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._take(), name="take")
                tasks.create_task(self._settle(), name="settle")
                tasks.create_task(self._lanes.watch(), name="watch-lanes")
        except asyncio.CancelledError:
            await self._lanes.stop(DRAIN_SECONDS)
            raise
        finally:
            await self._lanes.stop(0)
            await self._give_back()

    async def _take(self) -> None:
        failures = 0
        while True:
            try:
                await self._take_some()
                failures = 0
            except BusSuperseded:
                raise
            except Unavailable as error:
                failures += 1
                self._report(error)
                await asyncio.sleep(growing_pause(failures, _PAUSE, _LONGEST_PAUSE))

    async def _take_some(self) -> None:
        while self._reach.open >= WINDOW:
            self._room.clear()
            await self._room.wait()
        await self._hold.in_force()
        self._caught_up = True
        try:
            taken = await self._subscription.take(min(BATCH, WINDOW - self._reach.open), TAKE_WITHIN)
        except BusGroupMissing:  # the bus has lost it, or was made anew without this group
            await self._means.fill.fit()
            await asyncio.sleep(_TICK)
            return
        self._caught_up = False
        self._begin(taken)

    def _begin(self, taken: Taken) -> None:
        for delivery in taken.deliveries:
            if self._reach.begin(delivery.position):
                self._lanes.put(delivery.workspace, delivery)
            elif not self._reach.is_open(delivery.position):
                self._to_acknowledge.append(delivery.position)
        self._reach.pass_by(taken.through)

    async def _deal_with(self, item: Delivery | DeadLetter) -> None:
        if isinstance(item, DeadLetter):
            await self._replays(item)
            return
        await self._attempts(item)
        self._reach.finish(item.position)
        self._to_acknowledge.append(item.position)
        self._room.set()

    async def _settle(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            with suppress(BusUnavailable):  # who takes events finds out as well, and says so
                await self._acknowledge()
            if self._is_time():
                await self._write()

    def _is_time(self) -> bool:
        waited, further = monotonic() - self._asked_at, self._reach.acknowledged - self._written
        return waited >= RENEW_EVERY or further >= _MANY or (further > 0 and self._caught_up and waited >= _SOON)

    async def _acknowledge(self) -> None:
        positions, self._to_acknowledge = self._to_acknowledge, []
        try:
            await self._subscription.acknowledge(positions)
        except BaseException:
            self._to_acknowledge = positions + self._to_acknowledge
            raise

    async def _write(self) -> None:
        """Prolong the lease, write down how far the group has come, and see what is to be replayed."""
        lease, acknowledged = self._hold.lease, self._reach.acknowledged
        asked_at = self._asked_at = monotonic()
        try:
            async with self._means.begin() as work:
                await work.bus_groups.hold(lease, acknowledged, LEASE_SECONDS, self._means.clock.now())
                letters = await work.dead_letters.to_replay(lease.group, MOST)
                await work.commit()
        except BusGroupLost:
            raise
        except Unavailable as error:
            self._report(error)
            return
        self._written = acknowledged
        self._hold.renewed(asked_at)
        for letter in self._replays.new_among(letters):
            self._lanes.put(letter.workspace, letter)

    async def _give_up(self, event: UnhandledEvent) -> None:
        """Make it a dead letter, however long the store is away: dropping it is not an option."""
        failures = 0
        while True:
            now = self._means.clock.now()
            try:
                async with self._means.begin() as work:
                    # Whoever lost the lease has no say any more.
                    await work.bus_groups.hold(self._hold.lease, self._reach.acknowledged, LEASE_SECONDS, now)
                    await work.dead_letters.keep(event, now)
                    return await work.commit()
            except BusGroupLost:
                raise
            except Unavailable as error:
                failures += 1
                self._report(error)
                await asyncio.sleep(growing_pause(failures, _PAUSE, _LONGEST_PAUSE))

    async def _give_back(self) -> None:
        """Leave everything as far as it is; what cannot be told now is found out by whoever comes next."""
        with suppress(Unavailable):
            await self._acknowledge()
        with suppress(Unavailable):
            async with self._means.begin() as work:
                now = self._means.clock.now()
                await work.bus_groups.hold(self._hold.lease, self._reach.acknowledged, LEASE_SECONDS, now)
                await work.bus_groups.release(self._hold.lease)
                await work.commit()
