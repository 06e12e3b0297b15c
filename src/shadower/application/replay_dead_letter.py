"""Have an event handled again that its handler could not handle."""

from dataclasses import replace

from shadower.application.ports.work import BeginWork
from shadower.domain.bus.dead_letter import DeadLetter, DeadLetterId, LetterState
from shadower.domain.events.event import WorkspaceId


class ReplayDeadLetter:
    """
    The process that serves the group gives the event to its handler within seconds, or as soon as there is one.

    If it is handled the dead letter is gone; otherwise it is open again, with the new reason. Asking twice changes
    nothing. The event comes out of its order: what was behind it has long been handled.

    Raises DeadLetterNotFound, StoreUnavailable.
    """

    def __init__(self, begin: BeginWork) -> None:
        self._begin = begin

    async def __call__(self, workspace: WorkspaceId | None, letter: DeadLetterId) -> DeadLetter:
        """Return it as it is now; of any workspace for whoever runs the system."""
        async with self._begin() as work:
            found = await work.dead_letters.get(workspace, letter)
            await work.dead_letters.mark(letter, LetterState.REPLAYING)
            await work.commit()
        return replace(found, state=LetterState.REPLAYING)

    async def whole(self, group: str) -> int:
        """Replay every open one of a group, of all workspaces; return how many. Raises StoreUnavailable."""
        async with self._begin() as work:
            marked = await work.dead_letters.replay_all(group)
            await work.commit()
        return marked
