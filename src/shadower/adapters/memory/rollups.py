"""Rollups in memory: there are none, since answers are counted from the events."""

from collections.abc import AsyncIterator

from shadower.adapters.memory.state import MemoryState
from shadower.application.ports.progress import Progress
from shadower.application.ports.store import Rollups
from shadower.domain.projections.lease import Lease


class MemoryRollups(Rollups):
    """Always at the head, and never different from the log."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def advance(self, limit: int, lease: Lease | None = None) -> int:  # noqa: ARG002 - nothing is ever left
        self._state.check_open()
        return 0

    async def consolidate(self, limit: int) -> int:  # noqa: ARG002 - as above
        self._state.check_open()
        return 0

    async def rebuild(self) -> AsyncIterator[Progress]:
        yield self._done()

    async def verify(self) -> AsyncIterator[Progress]:
        yield self._done()

    def _done(self) -> Progress:
        self._state.check_open()
        return Progress(done=self._state.head, total=self._state.head)
