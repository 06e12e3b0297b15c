"""Notice that the quarantine of a workspace has no room any more."""

from collections.abc import Collection, Sequence

from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.workspaces.workspace import Workspace


class WatchQuarantine:
    """An overflow is noticed once, and again only after somebody has acknowledged it. Raises StoreUnavailable."""

    def __init__(self, begin: BeginWork) -> None:
        self._begin = begin
        self._noticed: Collection[WorkspaceId] = ()

    async def __call__(self) -> Sequence[Workspace]:
        """Return the workspaces whose refused events are not all kept since the last look."""
        async with self._begin(reading=True) as work:
            sizes = await work.quarantine.sizes()
            workspaces = await work.workspaces.all()
        overflowed = {workspace for workspace, size in sizes.items() if size.alarm}
        fresh = overflowed.difference(self._noticed)
        self._noticed = overflowed
        return [workspace for workspace in workspaces if workspace.id in fresh]
