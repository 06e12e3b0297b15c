"""Pause a projection, so that nothing moves it."""

from shadower.application.ports.work import BeginWork
from shadower.application.registered_projections import RegisteredProjections


class PauseProjection:
    """
    From the answer on nothing moves; a step that is under way is thrown away. Pausing twice is fine.

    Raises ProjectionNotFound, StoreUnavailable.
    """

    def __init__(self, projections: RegisteredProjections, begin: BeginWork) -> None:
        self._projections = projections
        self._begin = begin

    async def __call__(self, name: str) -> None:
        """Pause it."""
        projection = self._projections.get(name)
        async with self._begin() as work:
            await work.projections.register(name, history=projection.history)
            await work.projections.pause(name)
            await work.commit()
