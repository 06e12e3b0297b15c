"""Acknowledge that refused events were not kept because the quarantine was full."""

from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.quarantine.entry import QuarantineSize


class AcknowledgeOverflow:
    """The alarm goes off, and comes back with the next event that does not fit. Raises StoreUnavailable."""

    def __init__(self, begin: BeginWork) -> None:
        self._begin = begin

    async def __call__(self, workspace: WorkspaceId) -> QuarantineSize:
        """Return how full the quarantine is now."""
        async with self._begin() as work:
            await work.quarantine.acknowledge_overflow(workspace)
            size = await work.quarantine.size(workspace)
            await work.commit()
        return size
