"""Read a workspace."""

from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.workspaces.workspace import Workspace


class ReadWorkspace:
    """Anybody who may read in a workspace may know what it is called and which calendar it keeps."""

    def __init__(self, begin: BeginWork) -> None:
        self._begin = begin

    async def __call__(self, workspace: WorkspaceId) -> Workspace:
        """Raises WorkspaceNotFound, StoreUnavailable."""
        async with self._begin(reading=True) as work:
            return await work.workspaces.get(workspace)
