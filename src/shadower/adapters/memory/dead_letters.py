"""Events that a handler could not handle, in memory."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from shadower.adapters.memory.views import Views
from shadower.application.ports.dead_letters import DeadLetters
from shadower.domain.bus.dead_letter import (
    DeadLetter,
    DeadLetterId,
    DeadLetterNotFound,
    Failure,
    LetterState,
    UnhandledEvent,
)
from shadower.domain.events.event import WorkspaceId


class MemoryDeadLetters(DeadLetters):
    """Dead letters by number; the group and position of an event lead to the one there is of it."""

    def __init__(self, views: Views, numbers: Iterator[int]) -> None:
        self._rows = views.dead_letters
        self._places = views.dead_letter_places
        self._numbers = numbers

    async def keep(self, event: UnhandledEvent, at: int) -> None:
        place = (event.group, event.position)
        known = await self._places.lock(place)
        found = None if known is None else await self._rows.lock(known)
        if found is not None:
            self._rows.put(found.id, _failed(found, event.failure, event.attempts, at))
            return
        number = DeadLetterId(next(self._numbers))
        self._places.put(place, number)
        self._rows.put(
            number,
            DeadLetter(
                number,
                event.group,
                event.workspace,
                event.position,
                event.event_id,
                event.type,
                event.failure,
                event.attempts,
                at,
                at,
            ),
        )

    async def get(self, workspace: WorkspaceId | None, letter: DeadLetterId) -> DeadLetter:
        found = await self._rows.lock(letter)
        if found is None or (workspace is not None and found.workspace != workspace):
            raise DeadLetterNotFound("There is no such dead letter.")
        return found

    async def counts(self, workspace: WorkspaceId) -> Mapping[str, int]:
        return Counter(letter.group for letter in self._rows.newest_first() if letter.workspace == workspace)

    async def list(
        self,
        workspace: WorkspaceId | None,
        *,
        group: str | None = None,
        state: LetterState | None = None,
        limit: int,
        before: DeadLetterId | None = None,
    ) -> Sequence[DeadLetter]:
        wanted = (
            letter
            for letter in self._rows.newest_first()
            if (workspace is None or letter.workspace == workspace)
            and (group is None or letter.group == group)
            and (state is None or letter.state is state)
            and (before is None or letter.id < before)
        )
        return list(islice(wanted, limit))

    async def to_replay(self, group: str, limit: int) -> Sequence[DeadLetter]:
        wanted = (
            letter
            for letter in self._rows.newest_first()
            if letter.group == group and letter.state is LetterState.REPLAYING
        )
        return sorted(wanted, key=lambda letter: letter.position)[:limit]

    async def mark(self, letter: DeadLetterId, state: LetterState) -> None:
        found = await self._rows.lock(letter)
        if found is not None:
            self._rows.put(letter, replace(found, state=state))

    async def replay_all(self, group: str) -> int:
        letters = [letter.id for letter in self._rows.newest_first() if letter.group == group]
        marked = 0
        for number in sorted(letters):
            letter = await self._rows.lock(number)
            if letter is not None and letter.state is LetterState.OPEN:
                self._rows.put(number, replace(letter, state=LetterState.REPLAYING))
                marked += 1
        return marked

    async def note_failure(self, letter: DeadLetterId, failure: Failure, attempts: int, at: int) -> None:
        found = await self._rows.lock(letter)
        if found is not None:
            self._rows.put(letter, _failed(found, failure, attempts, at))

    async def remove(self, letter: DeadLetterId) -> None:
        found = await self._rows.lock(letter)
        if found is not None:
            place = (found.group, found.position)
            await self._places.lock(place)
            self._places.remove(place)
            self._rows.remove(letter)


def _failed(letter: DeadLetter, failure: Failure, attempts: int, at: int) -> DeadLetter:
    return replace(
        letter,
        failure=failure,
        attempts=letter.attempts + attempts,
        last_failed_at=max(letter.last_failed_at, at),
        state=LetterState.OPEN,
    )
