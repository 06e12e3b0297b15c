"""Resume a projection that was paused."""

from shadower.application.ports.work import BeginWork
from shadower.application.registered_projections import RegisteredProjections


class ResumeProjection:
    """
    A runner takes it up within LOOK_EVERY seconds, from where it stopped. Resuming one that runs changes nothing.

    Raises ProjectionNotFound, StoreUnavailable.
    """

    def __init__(self, projections: RegisteredProjections, begin: BeginWork) -> None:
        self._projections = projections
        self._begin = begin

    async def __call__(self, name: str) -> None:
        """Resume it."""
        projection = self._projections.get(name)
        async with self._begin() as work:
            await work.projections.register(name, history=projection.history)
            await work.projections.resume(name)
            await work.commit()
