"""Let a projection begin anew: its effects cleared, its cursor at the beginning of the log."""

from collections.abc import AsyncIterator

from shadower.application.ports.progress import Progress
from shadower.application.ports.projection import OutsideProjection, SelfSteppingProjection, StoreProjection
from shadower.application.ports.projection_cursors import ProjectionStatus
from shadower.application.ports.work import BeginWork
from shadower.application.registered_projections import RegisteredProjections
from shadower.domain.errors import Unavailable
from shadower.domain.events.event import Position
from shadower.domain.projections.lease import ProjectionState

BEGINNING = Position(0)


class ResetProjection:
    """
    Works while it runs, and leaves a paused one paused.

    In our own store effects and cursor go back together. What was delivered to the outside is taken back first, while
    the projection is paused: if that fails, it goes on from where it was. A crash meanwhile leaves it paused, until
    somebody resumes it; whoever pauses it meanwhile has to do so again. The rollups are rebuilt instead, and answer
    from the old ones meanwhile. Raises ProjectionNotFound, StoreUnavailable, and what the projection's `clear` raises.
    """

    def __init__(self, projections: RegisteredProjections, begin: BeginWork) -> None:
        self._projections = projections
        self._begin = begin

    async def __call__(self, name: str) -> AsyncIterator[Progress]:
        """Reset it, telling how far that has come."""
        match self._projections.get(name):
            case SelfSteppingProjection() as projection:
                async for progress in projection.rebuild():
                    yield progress
            case StoreProjection() as projection:
                yield await self._clear(projection)
            case OutsideProjection() as projection:
                yield await self._take_back(projection)

    async def _clear(self, projection: StoreProjection) -> Progress:
        async with self._begin() as work:
            await work.projections.register(projection.name, history=projection.history)
            # First, so that a step under way ends before its effects are cleared, or fails after.
            await work.projections.rewind(projection.name, BEGINNING)
            await projection.clear(work)
            await work.commit()
        return Progress(1, 1)

    async def _take_back(self, projection: OutsideProjection) -> Progress:
        name = projection.name
        async with self._begin() as work:
            await work.projections.register(name, history=projection.history)
            await work.projections.lock(name)
            (before,) = await work.projections.statuses([name])
            await work.projections.pause(name)
            await work.commit()
        try:
            await projection.clear()
        except BaseException as error:
            try:
                await self._go_on(before)
            except Unavailable:
                error.add_note(f"The projection is still paused: `shadower projections resume {name}` lets it go on.")
            raise
        await self._go_on(before, BEGINNING)
        return Progress(1, 1)

    async def _go_on(self, before: ProjectionStatus, cursor: Position | None = None) -> None:
        async with self._begin() as work:
            if cursor is not None:
                await work.projections.rewind(before.name, cursor)
            if before.state is ProjectionState.RUNNING:
                await work.projections.resume(before.name)
            await work.commit()
