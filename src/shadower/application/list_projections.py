"""List projections: those of this version, and those another version has left."""

from collections.abc import Sequence
from dataclasses import dataclass

from shadower.application.ports.clock import Clock
from shadower.application.ports.projection_cursors import ProjectionStatus
from shadower.application.ports.work import BeginWork
from shadower.application.registered_projections import RegisteredProjections


@dataclass(frozen=True, slots=True)
class ProjectionList:
    """All of them as of one moment."""

    now: int
    """Micros."""
    registered: Sequence[ProjectionStatus]
    """In the order of the container."""
    strangers: Sequence[ProjectionStatus]
    """Rows of projections that this version does not know."""


class ListProjections:
    """Raises StoreUnavailable."""

    def __init__(self, projections: RegisteredProjections, begin: BeginWork, clock: Clock) -> None:
        self._projections = projections
        self._begin = begin
        self._clock = clock

    async def __call__(self) -> ProjectionList:
        """Return how each is doing."""
        known = self._projections.names
        async with self._begin(reading=True) as work:
            strangers = [name for name in await work.projections.names() if name not in known]
            return ProjectionList(
                self._clock.now(),
                await work.projections.statuses(known),
                await work.projections.statuses(strangers),
            )
