"""Make a workspace."""

from shadower.application.ports.clock import Clock
from shadower.application.ports.work import BeginWork
from shadower.domain.metrics.zones import time_zone
from shadower.domain.workspaces.workspace import Weekday, Workspace, check_name, check_title


class CreateWorkspace:
    """
    A workspace begins empty, without keys. Its name never changes; the rest may.

    Raises WorkspaceNameInvalid, WorkspaceTitleInvalid, UnknownTimeZone, WorkspaceAlreadyExists, StoreUnavailable.
    """

    def __init__(self, begin: BeginWork, clock: Clock) -> None:
        self._begin = begin
        self._clock = clock

    async def __call__(
        self,
        name: str,
        *,
        title: str | None = None,
        zone: str = "UTC",
        first_weekday: Weekday = Weekday.MONDAY,
    ) -> Workspace:
        """Return it. Without a title, its name is its title."""
        check_name(name)
        titled = check_title(name if title is None else title)
        time_zone(zone)
        async with self._begin() as work:
            workspace = await work.workspaces.add(name, titled, zone, first_weekday, self._clock.now())
            await work.commit()
        return workspace
