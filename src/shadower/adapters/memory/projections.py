"""Progress of projections in memory: answers come from the log itself, so there is nothing to lag behind."""

from collections.abc import Sequence

from shadower.adapters.memory.state import MemoryState
from shadower.application.ports.work import Projections, ProjectionStatus


class MemoryProjections(Projections):
    """The one projection, always at the head."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def statuses(self) -> Sequence[ProjectionStatus]:
        head = self._state.head
        return [ProjectionStatus("rollups", 1, head, head, self._state.moved_at, oldest_waiting_at=None)]
