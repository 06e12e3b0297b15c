"""Make a workspace."""

from shadower.application.ports.clock import Clock
from shadower.application.ports.work import BeginWork
from shadower.domain.metrics.zones import time_zone
from shadower.domain.platform.act import workspace_created
from shadower.domain.workspaces.workspace import Weekday, Workspace, check_name, check_slug


class CreateWorkspace:
    """
    A workspace begins empty, without keys. Its slug never changes; the rest may.

    Raises WorkspaceSlugInvalid, WorkspaceNameInvalid, UnknownTimeZone, WorkspaceAlreadyExists, StoreUnavailable.
    """

    def __init__(self, begin: BeginWork, clock: Clock) -> None:
        self._begin = begin
        self._clock = clock

    async def __call__(
        self,
        slug: str,
        *,
        name: str | None = None,
        zone: str = "UTC",
        first_weekday: Weekday = Weekday.MONDAY,
    ) -> Workspace:
        """Return it. Without a name, its slug is its name."""
        check_slug(slug)
        called = check_name(slug if name is None else name)
        time_zone(zone)
        async with self._begin() as work:
            workspace = await work.workspaces.add(slug, called, zone, first_weekday, self._clock.now())
            await work.outbox.put(workspace_created(workspace))
            await work.commit()
        return workspace
