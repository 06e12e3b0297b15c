"""Report how the service itself is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shadower.application.group_commit import GroupCommit
from shadower.application.ports.cache import Cache, CacheFigures
from shadower.application.ports.clock import Clock
from shadower.application.ports.event_bus import BusHealth, EventBus
from shadower.application.ports.jobs import Backlog
from shadower.application.ports.projection_cursors import ProjectionStatus
from shadower.application.ports.store import Store, StoreHealth
from shadower.application.ports.work import BeginWork
from shadower.application.registered_projections import RegisteredProjections
from shadower.application.retention_alarms import retention_alarms
from shadower.domain.bus.group import BusGroup
from shadower.domain.errors import Unavailable
from shadower.domain.events.moments import MINUTE

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
    """Everything is answered, some of it late; or retention does not do its work."""
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
    bus: BusHealth
    groups: Sequence[BusGroup]
    undecided: int
    """Events accepted and not yet decided."""
    retention_alarms: int
    """Runs of retention that somebody should look at."""
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
        commit: GroupCommit,
        cache: Cache,
        clock: Clock,
    ) -> None:
        self._store = store
        self._begin = begin
        self._projections = projections
        self._bus = bus
        self._commit = commit
        self._cache = cache
        self._clock = clock

    async def __call__(self) -> Health:
        """Return the report."""
        store = await self._store.health()
        bus = await self._bus.health()
        projections: Sequence[ProjectionStatus] = ()
        queues: Sequence[Backlog] = ()
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
                    alarms = len(await retention_alarms(work, now))
            except Unavailable:
                usable = False
        followers: list[ProjectionStatus | BusGroup] = [*projections, *groups]
        late = any(_is_late(follower, now) for follower in followers)
        cache = self._cache.figures()
        poor = alarms or late or not bus.reachable or any(_waits(queue, now) for queue in queues)
        poor = poor or (cache.warm is not None and not cache.warm_up)
        condition = Condition.DOWN if not usable else Condition.DEGRADED if poor else Condition.OK
        return Health(condition, store, projections, queues, bus, groups, self._commit.undecided, alarms, cache, now)


def _is_late(follower: ProjectionStatus | BusGroup, now: int) -> bool:
    return follower.oldest_waiting_at is not None and now - follower.oldest_waiting_at > LONGEST_LAG


def _waits(queue: Backlog, now: int) -> bool:
    return queue.oldest_due_at is not None and now - queue.oldest_due_at > LONGEST_WAIT
