"""Serve every handler's group in whichever process has its lease."""

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import Final

from shadower.application.bus.group_hold import GroupHold
from shadower.application.bus.group_session import GroupSession
from shadower.application.bus.means import Means
from shadower.application.bus.tend_bus import TendBus
from shadower.application.ports.handler import Handler
from shadower.application.ports.report import Report
from shadower.domain.bus.group import check_group
from shadower.domain.growing_pause import growing_pause
from shadower.domain.projections.lease import LEASE_SECONDS, LOOK_EVERY

_LONGEST_PAUSE: Final = 60.0


class HandleEvents:
    """
    Runs until cancelled. What goes wrong is told to `report` and tried again.

    Of several processes one has the lease of a group and serves it; the others look every LOOK_EVERY seconds whether it
    is free. So one of them takes over within LEASE_SECONDS + LOOK_EVERY of its death. A group that is new begins with
    what is recorded from then on.
    """

    def __init__(self, handlers: Sequence[Handler], means: Means, tend: TendBus) -> None:
        """Raises BusGroupNameInvalid; ValueError when two share a group."""
        groups = [check_group(handler.group) for handler in handlers]
        if len(set(groups)) < len(groups):
            raise ValueError(f"Two handlers share a group among {', '.join(sorted(groups))}.")
        self._handlers = handlers
        self._means = means
        self._tend = tend

    async def __call__(self, report: Report) -> None:
        """Serve all groups side by side, and look after the bus, unless nobody can be reading it."""
        if not self._handlers and not self._means.bus.shared:
            return
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tend(report), name="tend-bus")
            for handler in self._handlers:
                tasks.create_task(self._serve(handler, report), name=f"handle-{handler.group}")

    async def _serve(self, handler: Handler, report: Report) -> None:
        failures = 0
        while True:
            try:
                await self._look(handler, report)
                failures = 0
            except Exception as error:  # noqa: BLE001 - reported; the next look begins anew
                failures += 1
                report(error.exceptions[0] if isinstance(error, ExceptionGroup) else error)
            await asyncio.sleep(growing_pause(failures, LOOK_EVERY, _LONGEST_PAUSE))

    async def _look(self, handler: Handler, report: Report) -> None:
        """Serve the group if nobody else does. Raises what ends it, BusGroupTaken among it."""
        asked_at, means = monotonic(), self._means
        head = await means.log.head()
        async with means.begin() as work:
            await work.bus_groups.join(handler.group, head, means.clock.now())
            acquired = await work.bus_groups.acquire(handler.group, means.owner, LEASE_SECONDS)
            await work.commit()
        if acquired is not None:
            lease, acknowledged = acquired
            await GroupSession(handler, GroupHold(lease, asked_at), acknowledged, means, report).run()
