"""Let a projection take events again, from a position on."""

from shadower.application.ports.projection import Projection, SelfSteppingProjection, StoreProjection
from shadower.application.ports.work import BeginWork
from shadower.application.registered_projections import RegisteredProjections
from shadower.domain.events.event import Position
from shadower.domain.projections.lease import ProjectionNotRepeatable, ProjectionNotThere


class ReplayProjection:
    """
    Only for projections that may take an event twice: those that deliver to the outside, and repeatable ones.

    Nothing is skipped: the position must be one the projection has come to. Raises ProjectionNotFound,
    ProjectionNotRepeatable, ProjectionNotThere, StoreUnavailable.
    """

    def __init__(self, projections: RegisteredProjections, begin: BeginWork) -> None:
        self._projections = projections
        self._begin = begin

    async def __call__(self, name: str, start: Position) -> int:
        """Go back so that the event at `start` is the next; returns how many are taken again."""
        _check_repeatable(self._projections.get(name))
        async with self._begin() as work:
            await work.projections.lock(name)
            (status,) = await work.projections.statuses([name])
            if not 1 <= start <= status.cursor:
                raise ProjectionNotThere(
                    f"The projection {name} has taken events 1 to {status.cursor}; {start} is none of them.",
                    field="from",
                )
            await work.projections.rewind(name, Position(start - 1))
            await work.commit()
        return status.cursor - start + 1


def _check_repeatable(projection: Projection) -> None:
    counts_twice = isinstance(projection, StoreProjection) and not projection.repeatable
    if counts_twice or isinstance(projection, SelfSteppingProjection):
        raise ProjectionNotRepeatable(
            f"The projection {projection.name} would count events twice; reset it, and it begins anew."
        )
