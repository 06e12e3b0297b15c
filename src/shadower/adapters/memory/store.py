"""The store in memory as a whole."""

from shadower.adapters.memory.event_log import MemoryEventLog
from shadower.adapters.memory.jobs import MemoryJobs
from shadower.adapters.memory.removal import MemoryEventRemoval
from shadower.adapters.memory.retention import MemoryRetention
from shadower.adapters.memory.rollups import MemoryRollups
from shadower.adapters.memory.schedules import MemorySchedules
from shadower.adapters.memory.sign_ins import MemorySignIns
from shadower.adapters.memory.snapshot import MemoryOpenSnapshot
from shadower.adapters.memory.state import PATIENCE, QUARANTINE_LIMIT, MemoryState
from shadower.adapters.memory.views import Views
from shadower.adapters.memory.work import MemoryBeginWork
from shadower.application.ports.clock import Clock
from shadower.application.ports.store import Store, StoreHealth
from shadower.domain.events.moments import DAY
from shadower.domain.retention.run import RUNS_KEPT

INTAKE_KEPT = 30 * DAY
"""How long intake counts are kept."""
JOBS_KEPT = 30 * DAY
"""How long jobs that have ended, and the slots they were made for, are kept."""
SCHEMA = "memory"
"""There is only ever one."""


class MemoryStore(Store):
    """Holds everything for as long as the process lives, closed or open. Its roles are its attributes."""

    def __init__(self, clock: Clock, *, quarantine_limit: int = QUARANTINE_LIMIT, patience: float = PATIENCE) -> None:
        """`quarantine_limit`: bytes per workspace. `patience`: seconds until a lock waited for is StoreUnavailable."""
        self._state = MemoryState(clock, quarantine_limit, patience)
        self.log = MemoryEventLog(self._state)
        self.snapshot = MemoryOpenSnapshot(self._state)
        self.begin = MemoryBeginWork(self._state)
        self.rollups = MemoryRollups(self._state)
        self.removal = MemoryEventRemoval(self._state)

    async def open(self) -> None:
        self._state.is_open = True

    async def close(self) -> None:
        self._state.is_open = False

    async def migrate(self) -> None:
        """Nothing to do: what lives in memory is always of this version."""

    async def health(self) -> StoreHealth:
        reachable = self._state.is_open
        return StoreHealth(
            dialect="memory",
            reachable=reachable,
            schema_version=SCHEMA,
            schema_wanted=SCHEMA,
            position=self._state.head if reachable else None,
            detail=None if reachable else "The store in memory is not open.",
        )

    async def keep(self) -> None:
        self._state.check_open()
        now = self._state.clock.now()
        for intake in self._state.intake.values():
            intake.forget(now - INTAKE_KEPT)
        views = Views(self._state)
        try:
            await MemorySignIns(views).clear(now)
            await MemoryRetention(views, self._state.run_numbers).forget(now - RUNS_KEPT)
            await MemoryJobs(views, self._state.job_numbers).clear(now - JOBS_KEPT)
            await MemorySchedules(views).clear(now - JOBS_KEPT)
            views.apply()
        finally:
            views.discard()
