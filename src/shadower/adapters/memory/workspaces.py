"""The tenants in memory."""

from collections.abc import Iterator, Sequence

from shadower.adapters.memory.views import Views
from shadower.application.ports.work import Workspaces
from shadower.domain.events.event import WorkspaceId
from shadower.domain.workspaces.workspace import Weekday, Workspace, WorkspaceAlreadyExists, WorkspaceNotFound


class MemoryWorkspaces(Workspaces):
    """Workspaces by number, their slugs kept unique by a lock on the slug."""

    def __init__(self, views: Views, numbers: Iterator[int]) -> None:
        self._rows = views.workspaces
        self._slugs = views.workspace_slugs
        self._numbers = numbers

    async def add(self, slug: str, name: str, time_zone: str, first_weekday: Weekday, created_at: int) -> Workspace:
        if await self._slugs.lock(slug) is not None:
            raise WorkspaceAlreadyExists(f"There is a workspace {slug!r} already.", field="slug")
        number = WorkspaceId(next(self._numbers))
        workspace = Workspace(number, slug, name, time_zone, first_weekday, created_at)
        self._slugs.put(slug, number)
        self._rows.put(number, workspace)
        return workspace

    async def get(self, workspace: WorkspaceId) -> Workspace:
        found = await self._rows.lock(workspace)
        if found is None:
            raise WorkspaceNotFound("There is no such workspace.")
        return found

    async def find(self, slug: str) -> Workspace | None:
        number = self._slugs.find(slug)
        return None if number is None else self._rows.find(number)

    async def save(self, workspace: Workspace) -> None:
        await self.get(workspace.id)
        self._rows.put(workspace.id, workspace)

    async def all(self) -> Sequence[Workspace]:
        return sorted(self._rows.newest_first(), key=lambda workspace: workspace.slug)
