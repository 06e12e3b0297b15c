"""Change a workspace's name, time zone, first weekday or term of retention."""

from shadower.application.ports.clock import Clock
from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.metrics.calendar import time_zone
from shadower.domain.platform.act import workspace_changed
from shadower.domain.retention.term import Term
from shadower.domain.workspaces.workspace import Weekday, Workspace


class ChangeWorkspace:
    """
    What is not given stays.

    Answers follow a new time zone or first weekday at once: nothing is stored by local day. A new term counts from the
    next run of retention on; a longer one brings nothing back. Raises WorkspaceNameInvalid, UnknownTimeZone,
    WorkspaceNotFound, StoreUnavailable.
    """

    def __init__(self, begin: BeginWork, clock: Clock) -> None:
        self._begin = begin
        self._clock = clock

    async def __call__(
        self,
        workspace: WorkspaceId,
        *,
        name: str | None = None,
        zone: str | None = None,
        first_weekday: Weekday | None = None,
        term: Term | None = None,
    ) -> Workspace:
        """Return the workspace as it is now."""
        if zone is not None:
            time_zone(zone)
        async with self._begin() as work:
            found = await work.workspaces.get(workspace)
            changed = found.changed(name=name, time_zone=zone, first_weekday=first_weekday, term=term)
            act = workspace_changed(found, changed, self._clock.now())
            if act is not None:
                await work.workspaces.save(changed)
                await work.outbox.put(act)
                await work.commit()
        return changed
