"""Giving a handler once more what it could not handle, because somebody has asked for it."""

from collections.abc import Sequence
from typing import Final

from shadower.application.bus.attempts import Attempts
from shadower.application.bus.means import Means
from shadower.domain.bus.dead_letter import DeadLetter, DeadLetterId, Failure
from shadower.domain.errors import StoreUnavailable, Unavailable
from shadower.domain.events.event import Position, RecordedEvent

MOST: Final = 100
"""Looked for at a time."""

_GONE: Final = Failure("event_gone", "The event is no longer in the log: nothing is left but to drop this.")


class Replays:
    """
    Each has one try. What succeeds is no dead letter any more; what fails is open again, with the new reason.

    What was cut short by the end of the process still waits to be replayed, so it is, by the next one.
    """

    def __init__(self, attempts: Attempts, means: Means) -> None:
        self._attempts = attempts
        self._means = means
        self._under_way: set[DeadLetterId] = set()

    def new_among(self, letters: Sequence[DeadLetter]) -> Sequence[DeadLetter]:
        """Return those that are not under way; from now on they are."""
        new = [letter for letter in letters if letter.id not in self._under_way]
        self._under_way.update(letter.id for letter in new)
        return new

    async def __call__(self, letter: DeadLetter) -> None:
        """Replay one. When the store is away, it is tried again later."""
        try:
            failure = await self._tried(letter)
            async with self._means.begin() as work:
                if failure is None:
                    await work.dead_letters.remove(letter.id)
                else:
                    await work.dead_letters.note_failure(letter.id, failure, 1, self._means.clock.now())
                await work.commit()
        except Unavailable:  # it is found again by the next look
            return
        finally:
            self._under_way.discard(letter.id)

    async def _tried(self, letter: DeadLetter) -> Failure | None:
        event = await self._event(letter)
        if event is None:
            return _GONE
        try:
            await self._attempts.once(lambda: event)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - kept with the dead letter
            return Failure.of(error)
        return None

    async def _event(self, letter: DeadLetter) -> RecordedEvent | None:
        found = await self._means.log.read(Position(letter.position - 1), 1)
        return found[0] if found and found[0].position == letter.position else None
