"""Keep every projection close behind the log, in whichever process has its lease."""

import asyncio
from contextlib import suppress
from time import perf_counter
from typing import Final

from shadower.application.leases import Leases
from shadower.application.ports.clock import Clock
from shadower.application.ports.event_log import EventLog
from shadower.application.ports.projection import OutsideProjection, Projection
from shadower.application.ports.report import Report
from shadower.application.ports.work import BeginWork
from shadower.application.projection_steps import Means, Steps, steps_of
from shadower.application.registered_projections import RegisteredProjections
from shadower.domain.errors import Unavailable
from shadower.domain.events.event import Position
from shadower.domain.projections.lease import LEASE_SECONDS, LOOK_EVERY, Lease, LeaseLost
from shadower.domain.projections.set_aside import said_of
from shadower.domain.projections.trial import USUAL, Patience

LONGEST_WAIT: Final = 30.0
"""Seconds after which a projection looks again even if nobody told of an event."""


class RunProjections:
    """
    Runs until cancelled. What goes wrong is told to `report` and tried again.

    Of several processes one has the lease of a projection and moves it; the others look every LOOK_EVERY seconds
    whether it is free. So one of them takes over within LEASE_SECONDS + LOOK_EVERY of its runner's death.
    """

    def __init__(
        self,
        projections: RegisteredProjections,
        log: EventLog,
        begin: BeginWork,
        clock: Clock,
        *,
        owner: str,
        patience: Patience = USUAL,
    ) -> None:
        """`owner` names this process to people."""
        self._projections = projections
        self._means = Means(log, begin, clock, patience)
        self._owner = owner
        self._leases = Leases(begin)
        self._led: set[str] = set()
        self._registered = False

    async def __call__(self, report: Report) -> None:
        """Run every projection that nobody else runs."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._leases.keep(report), name="keep-leases")
            while True:
                try:
                    await self._take_over(group, report)
                except Exception as error:  # noqa: BLE001 - reported; the next look may find the store again
                    report(error)
                await asyncio.sleep(LOOK_EVERY)

    async def _take_over(self, group: asyncio.TaskGroup, report: Report) -> None:
        if not self._registered:
            await self._register()
        others = [projection for projection in self._projections if projection.name not in self._led]
        if not others:
            return
        async with self._means.begin(reading=True) as work:
            free = await work.projections.free([projection.name for projection in others])
        for projection in others:
            if projection.name in free:
                await self._acquire(projection, group, report)

    async def _register(self) -> None:
        async with self._means.begin() as work:
            for projection in self._projections:
                await work.projections.register(projection.name, history=projection.history)
            await work.commit()
        self._registered = True

    async def _acquire(self, projection: Projection, group: asyncio.TaskGroup, report: Report) -> None:
        until = asyncio.get_running_loop().time() + LEASE_SECONDS
        async with self._means.begin() as work:
            acquired = await work.projections.acquire(projection.name, self._owner, LEASE_SECONDS)
            await work.commit()
        if acquired is not None:
            self._led.add(projection.name)
            group.create_task(self._lead(projection, *acquired, until, report), name=f"project-{projection.name}")

    async def _lead(self, projection: Projection, lease: Lease, cursor: Position, until: float, report: Report) -> None:
        """Run the projection for as long as the lease can be kept."""
        expires = isinstance(projection, OutsideProjection)
        try:
            async with self._leases.hold(lease, until, expires=expires):
                await self._follow(projection, lease, steps_of(projection, lease, cursor, self._means), report)
        except Exception as error:  # noqa: BLE001 - the lease is lost, or something unthought of: begin anew
            report(error)
        finally:
            self._led.discard(projection.name)
            await self._give_back(lease, report)

    async def _follow(self, projection: Projection, lease: Lease, steps: Steps, report: Report) -> None:
        failures = 0
        courteous = not isinstance(projection, OutsideProjection)
        while True:
            try:
                began = perf_counter()
                taken = await steps.step()
                failures = 0
                if taken:
                    # With a long queue, leave those who write to the store at least as much time as this took.
                    await asyncio.sleep(max(projection.pause, perf_counter() - began if courteous else 0.0))
                else:
                    await self._means.log.wait(steps.seen, LONGEST_WAIT)
            except LeaseLost:
                raise
            except Exception as error:  # noqa: BLE001 - reported; what to do about it is the steps' to know
                failures += 1
                report(error)
                await self._note(lease, failures, error)
                await asyncio.sleep(steps.wait(error, failures))

    async def _note(self, lease: Lease, failures: int, error: Exception) -> None:
        # What keeps the store from being told has been reported itself, or will be.
        with suppress(Unavailable):
            async with self._means.begin() as work:
                await work.projections.note_failure(lease, failures, said_of(error), self._means.clock.now())
                await work.commit()

    async def _give_back(self, lease: Lease, report: Report) -> None:
        try:
            await self._leases.give_back(lease)
        except Exception as error:  # noqa: BLE001 - reported; it runs out by itself
            report(error)
