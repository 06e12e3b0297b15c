"""What handlers could not handle, as it is answered."""

from collections.abc import Sequence

from msgspec import Struct

from shadower.domain.bus.dead_letter import DeadLetter
from shadower.entrypoints.http.wire.times import utc


class DeadLetterOut(Struct, frozen=True):
    """
    An event that the handler of a group could not handle, and why.

    `state` is `open`, or `replaying` when its handler is to get the event once more. The event itself is in the log.
    """

    id: int
    group: str
    event_id: str
    type: str
    position: int
    error: str
    message: str
    attempts: int
    first_failed_at: str
    last_failed_at: str
    state: str


class DeadLetterPage(Struct, frozen=True):
    """One page of dead letters."""

    items: Sequence[DeadLetterOut]
    next_cursor: str | None


def dead_letter_out(letter: DeadLetter) -> DeadLetterOut:
    """Return the dead letter as it is answered."""
    return DeadLetterOut(
        letter.id,
        letter.group,
        letter.event_id,
        letter.type,
        letter.position,
        letter.failure.error,
        letter.failure.message,
        letter.attempts,
        utc(letter.first_failed_at),
        utc(letter.last_failed_at),
        letter.state,
    )
