"""Drop a refused event for good."""

from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.quarantine.entry import EntryId


class DropQuarantined:
    """Nothing of the entry is kept. Raises QuarantineEntryNotFound, StoreUnavailable."""

    def __init__(self, begin: BeginWork) -> None:
        self._begin = begin

    async def __call__(self, workspace: WorkspaceId, entry: EntryId) -> None:
        """Drop the entry."""
        async with self._begin() as work:
            await work.quarantine.remove(workspace, entry)
            await work.commit()
