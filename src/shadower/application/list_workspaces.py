"""List the workspaces, for whoever runs the system."""

from collections.abc import Sequence

from shadower.application.ports.work import BeginWork
from shadower.domain.workspaces.workspace import Workspace, WorkspaceNotFound


class ListWorkspaces:
    """Over HTTP nobody may: a caller knows the one workspace of its key. Raises StoreUnavailable."""

    def __init__(self, begin: BeginWork) -> None:
        self._begin = begin

    async def __call__(self) -> Sequence[Workspace]:
        """Return all, by slug."""
        async with self._begin(reading=True) as work:
            return await work.workspaces.all()

    async def with_slug(self, slug: str) -> Workspace:
        """Return the one of this slug. Raises WorkspaceNotFound."""
        async with self._begin(reading=True) as work:
            found = await work.workspaces.find(slug)
        if found is None:
            raise WorkspaceNotFound(f"There is no workspace {slug!r}; `shadower workspaces list` shows them.")
        return found
