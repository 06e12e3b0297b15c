"""The calendar of a workspace, read afresh for every question: a changed time zone changes the answers at once."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.metrics.calendar import time_zone
from shadower.domain.workspaces.workspace import Weekday


class LocalCalendar(NamedTuple):
    """In which zone days are cut, and on which day weeks begin."""

    zone: ZoneInfo
    first_weekday: Weekday


async def local_calendar(workspace: WorkspaceId, begin: BeginWork) -> LocalCalendar:
    """Raises WorkspaceNotFound, StoreUnavailable."""
    async with begin(reading=True) as work:
        found = await work.workspaces.get(workspace)
    return LocalCalendar(time_zone(found.time_zone), found.first_weekday)
