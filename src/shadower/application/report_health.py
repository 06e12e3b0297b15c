"""Report how the service itself is."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from shadower.application.group_commit import GroupCommit
from shadower.application.ports.cache import Cache, CacheFigures
from shadower.application.ports.clock import Clock
from shadower.application.ports.event_bus import BusHealth, EventBus
from shadower.application.ports.jobs import Backlog
from shadower.application.ports.projection_cursors import ProjectionStatus
from shadower.application.ports.store import Store, StoreHealth
from shadower.application.ports.task_queue import QueueHealth, TaskQueue
from shadower.application.ports.work import BeginWork
from shadower.application.registered_projections import RegisteredProjections
from shadower.application.retention_alarms import retention_alarms
from shadower.domain.bus.group import BusGroup
from shadower.domain.errors import Unavailable
from shadower.domain.events.moments import MINUTE
from shadower.domain.quarantine.entry import QuarantineSize

LONGEST_LAG = MINUTE
"""
Micros that a projection or a group may be behind before somebody should look.

Answers stay exact, and get slower.
"""
LONGEST_WAIT = 15 * MINUTE
"""Micros that a job may wait though it is due: longer, and perhaps no process has the role of its queue."""


class Condition(StrEnum):
    """Whether the service does its work."""

    OK = "ok"
    DEGRADED = "degraded"
    """Everything is answered, some of it late; or retention, or something beside the store, does not do its work."""
    DOWN = "down"
    """The store cannot be used."""


@dataclass(frozen=True, slots=True)
class Health:
    """How the service is, and why."""

    condition: Condition
    store: StoreHealth
    projections: Sequence[ProjectionStatus]
    queues: Sequence[Backlog]
    """Of jobs."""
    task_queue: QueueHealth
    """How workers are told of them: while it is away, they begin a little later."""
    bus: BusHealth
    groups: Sequence[BusGroup]
    undecided: int
    """Events accepted and not yet decided."""
    retention_alarms: int
    """Runs of retention that somebody should look at."""
    quarantines: Collection[QuarantineSize]
    """Of the workspaces of which anything was ever refused."""
    cache: CacheFigures
    """Of this process."""
    now: int
    """Micros."""


class ReportHealth:
    """Looks anew each time, and never raises: an outage is an answer too."""

    def __init__(
        self,
        store: Store,
        begin: BeginWork,
        projections: RegisteredProjections,
        bus: EventBus,
        task_queue: TaskQueue,
        commit: GroupCommit,
        cache: Cache,
        clock: Clock,
    ) -> None:
        self._store = store
        self._begin = begin
        self._projections = projections
        self._bus = bus
        self._task_queue = task_queue
        self._commit = commit
        self._cache = cache
        self._clock = clock

    async def __call__(self) -> Health:
        """Return the report."""
        store = await self._store.health()
        bus, task_queue = await asyncio.gather(self._bus.health(), self._task_queue.health())
        projections: Sequence[ProjectionStatus] = ()
        queues: Sequence[Backlog] = ()
        quarantines: Collection[QuarantineSize] = ()
        alarms = 0
        now = self._clock.now()
        groups: Sequence[BusGroup] = ()
        usable = store.reachable and store.schema_version == store.schema_wanted
        if usable:
            try:
                async with self._begin(reading=True) as work:
                    projections = await work.projections.statuses(self._projections.names)
                    groups = await work.bus_groups.statuses()
                    queues = await work.jobs.backlog(now)
                    quarantines = (await work.quarantine.sizes()).values()
                    alarms = len(await retention_alarms(work, now))
            except Unavailable as error:
                usable, store = False, replace(store, detail=error.message)
            except Exception as error:  # noqa: BLE001 - told, without what it may quote
                usable, store = False, replace(store, detail=f"The store cannot be read ({type(error).__name__}).")
        followers: list[ProjectionStatus | BusGroup] = [*projections, *groups]
        late = any(_is_late(follower, now) for follower in followers)
        cache = self._cache.figures()
        away = not bus.reachable or not task_queue.reachable or (cache.warm is not None and not cache.warm_up)
        poor = alarms or late or away or any(_waits(queue, now) for queue in queues)
        condition = Condition.DOWN if not usable else Condition.DEGRADED if poor else Condition.OK
        return Health(
            condition,
            store,
            projections,
            queues,
            task_queue,
            bus,
            groups,
            self._commit.undecided,
            alarms,
            quarantines,
            cache,
            now,
        )


def _is_late(follower: ProjectionStatus | BusGroup, now: int) -> bool:
    return (follower.waits(now) or 0) > LONGEST_LAG


def _waits(queue: Backlog, now: int) -> bool:
    return (queue.waits(now) or 0) > LONGEST_WAIT
