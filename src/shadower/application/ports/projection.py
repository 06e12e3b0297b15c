"""
Projections: what follows the log, each with a durable cursor of its own.

A projection is a small class that subclasses one of the three kinds below, and one line in the container's list of
`projections`. Whoever runs them holds a lease, wakes as soon as something is appended, and hands over events of all
workspaces in the order of the log, each batch after the one before.
"""

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from typing import Protocol, runtime_checkable

from shadower.application.ports.progress import Progress
from shadower.application.ports.work import Work
from shadower.domain.events.event import RecordedEvent
from shadower.domain.projections.lease import Lease


class Projection(Protocol):
    """What all kinds have in common."""

    name: str
    """Names the cursor: never to change, and never to be used for something else."""
    batch: int = 500
    """Most events in one step."""
    pause: float = 0.0
    """Least seconds from one step to the next: with more events to a step, each costs less."""
    history: bool = True
    """Whether a new one begins with the first event of the log; otherwise with what comes after its first start."""


@runtime_checkable
class StoreProjection(Projection, Protocol):
    """Has its effect in our own store: exactly once."""

    repeatable: bool = False
    """Whether taking an event a second time changes nothing. Only then may it be replayed without clearing first."""

    @abstractmethod
    async def apply(self, events: Sequence[RecordedEvent], work: Work) -> None:
        """
        Take in the events through the unit of work, without committing it: the cursor moves in the same transaction.

        Any error leaves effect and cursor as they were. Unavailable means that something is away: the same events are
        tried again for as long as it takes. Any other error is blamed on the events: the batch is tried a few times,
        then in ever smaller parts, until the one event is found and set aside in the quarantine.
        """

    @abstractmethod
    async def clear(self, work: Work) -> None:
        """Take back every effect, through the unit of work that sets the cursor to 0."""


@runtime_checkable
class OutsideProjection(Projection, Protocol):
    """Has its effect somewhere else: at least once."""

    @abstractmethod
    async def deliver(self, events: Sequence[RecordedEvent]) -> None:
        """
        Hand over the events; the cursor moves afterwards, so after a crash some are handed over again.

        Whatever leaves carries (workspace, id) or the position of its event, by which the receiver drops a repeat. It
        may be cancelled at any moment, when the lease is lost. Errors are as in `StoreProjection.apply`, and OSError
        (refused connections and timeouts are some) counts as Unavailable; errors of a client library that mean the same
        have to be turned into one of them, or events would be set aside for an outage.
        """

    async def is_wanted(self) -> bool:
        """
        Whether anybody is there to be handed anything.

        While nobody is, events are passed by without being read; nothing is that is recorded once somebody is.
        """
        return True

    async def clear(self) -> None:
        """Take back what was handed over, before everything is handed over again. Usually nobody can."""


@runtime_checkable
class SelfSteppingProjection(Projection, Protocol):
    """Reads the log in its own way and moves its own cursor. No event is ever set aside for it."""

    @abstractmethod
    async def advance(self, limit: int, lease: Lease | None = None) -> int:
        """
        Take in up to `limit` events beyond the cursor; effect and cursor in one transaction. Returns how many.

        With a lease nothing moves unless it is still the newest: then 0 is returned. Without one, safe all the same:
        of several that try at once, one wins and the others return 0.
        """

    @abstractmethod
    def rebuild(self) -> AsyncIterator[Progress]:
        """Make every effect anew from the log while the service runs, then switch over in one transaction."""
