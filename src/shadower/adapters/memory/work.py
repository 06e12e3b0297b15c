"""The unit of work in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shadower.adapters.memory.bus_groups import MemoryBusGroups
from shadower.adapters.memory.dead_letters import MemoryDeadLetters
from shadower.adapters.memory.jobs import MemoryJobs
from shadower.adapters.memory.keys import MemoryKeys
from shadower.adapters.memory.outbox import MemoryOutbox
from shadower.adapters.memory.projections import MemoryProjections
from shadower.adapters.memory.quarantine import MemoryQuarantine
from shadower.adapters.memory.read_models import MemoryReadModels
from shadower.adapters.memory.retention import MemoryRetention
from shadower.adapters.memory.schedules import MemorySchedules
from shadower.adapters.memory.sign_ins import MemorySignIns
from shadower.adapters.memory.state import MemoryState
from shadower.adapters.memory.views import Views
from shadower.adapters.memory.workspaces import MemoryWorkspaces
from shadower.application.ports.work import BeginWork, Work


class MemoryWork(Work):
    """Sees what is committed, overlaid with what it changed itself."""

    def __init__(self, state: MemoryState, views: Views) -> None:
        self._state = state
        self._views = views
        self.workspaces = MemoryWorkspaces(views, state.workspace_numbers)
        self.keys = MemoryKeys(views, state.key_numbers)
        self.sign_ins = MemorySignIns(views)
        self.quarantine = MemoryQuarantine(views, state.entry_numbers, state.quarantine_limit)
        self.projections = MemoryProjections(state, views)
        self.read_models = MemoryReadModels(views)
        self.retention = MemoryRetention(views, state.run_numbers)
        self.jobs = MemoryJobs(views, state.job_numbers)
        self.schedules = MemorySchedules(views)
        self.bus_groups = MemoryBusGroups(state, views)
        self.dead_letters = MemoryDeadLetters(views, state.letter_numbers)
        self.outbox = MemoryOutbox(views, state.act_numbers)

    async def commit(self) -> None:
        self._state.check_open()
        self._views.apply()


class MemoryBeginWork(BeginWork):
    """Opens units of work on one state."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    @asynccontextmanager
    async def __call__(self, *, reading: bool = False) -> AsyncIterator[Work]:
        self._state.check_open()
        views = Views(self._state, reading=reading)
        try:
            yield MemoryWork(self._state, views)
        finally:
            views.discard()
