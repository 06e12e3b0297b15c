"""Change a workspace's name, time zone or first weekday."""

from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.metrics.calendar import time_zone
from shadower.domain.workspaces.workspace import Weekday, Workspace


class ChangeWorkspace:
    """
    What is not given stays. Answers follow a new time zone or first weekday at once: nothing is stored by local day.

    Raises WorkspaceNameInvalid, UnknownTimeZone, WorkspaceNotFound, StoreUnavailable.
    """

    def __init__(self, begin: BeginWork) -> None:
        self._begin = begin

    async def __call__(
        self,
        workspace: WorkspaceId,
        *,
        name: str | None = None,
        zone: str | None = None,
        first_weekday: Weekday | None = None,
    ) -> Workspace:
        """Return the workspace as it is now."""
        if zone is not None:
            time_zone(zone)
        async with self._begin() as work:
            found = await work.workspaces.get(workspace)
            changed = found.changed(name=name, time_zone=zone, first_weekday=first_weekday)
            await work.workspaces.save(changed)
            await work.commit()
        return changed
