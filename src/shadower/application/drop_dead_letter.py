"""Give up an event that a handler could not handle."""

from shadower.application.ports.work import BeginWork
from shadower.domain.bus.dead_letter import DeadLetterId
from shadower.domain.events.event import WorkspaceId


class DropDeadLetter:
    """
    Its handler never gets the event again, which stays in the log.

    Raises DeadLetterNotFound, StoreUnavailable.
    """

    def __init__(self, begin: BeginWork) -> None:
        self._begin = begin

    async def __call__(self, workspace: WorkspaceId, letter: DeadLetterId) -> None:
        """Drop it."""
        async with self._begin() as work:
            await work.dead_letters.get(workspace, letter)
            await work.dead_letters.remove(letter)
            await work.commit()
