"""Events that a handler could not handle."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Protocol

from shadower.domain.bus.dead_letter import DeadLetter, DeadLetterId, Failure, LetterState, UnhandledEvent
from shadower.domain.events.event import WorkspaceId


class DeadLetters(Protocol):
    """One for each group and event, without the event itself. They go with their group."""

    @abstractmethod
    async def keep(self, event: UnhandledEvent, at: int) -> None:
        """Add it; where the group has one of this event, count its attempts on and open it again."""

    @abstractmethod
    async def get(self, workspace: WorkspaceId | None, letter: DeadLetterId) -> DeadLetter:
        """Return a private copy, of one workspace or any, locked until the end. Raises DeadLetterNotFound."""

    @abstractmethod
    async def list(
        self,
        workspace: WorkspaceId | None,
        *,
        group: str | None = None,
        state: LetterState | None = None,
        limit: int,
        before: DeadLetterId | None = None,
    ) -> Sequence[DeadLetter]:
        """Return dead letters of one workspace or all, newest first by id."""

    @abstractmethod
    async def counts(self, workspace: WorkspaceId) -> Mapping[str, int]:
        """Return how many the workspace has of each group."""

    @abstractmethod
    async def to_replay(self, group: str, limit: int) -> Sequence[DeadLetter]:
        """Return those of the group to be handled again, by position."""

    @abstractmethod
    async def mark(self, letter: DeadLetterId, state: LetterState) -> None:
        """Say what happens to it next."""

    @abstractmethod
    async def replay_all(self, group: str) -> int:
        """Mark every open one of the group to be replayed; return how many."""

    @abstractmethod
    async def note_failure(self, letter: DeadLetterId, failure: Failure, attempts: int, at: int) -> None:
        """Open it again after a replay that failed, with the attempts of that replay. One that is gone stays so."""

    @abstractmethod
    async def remove(self, letter: DeadLetterId) -> None:
        """Drop it for good; one that is gone already is fine."""
