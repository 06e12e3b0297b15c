"""What reacts to events of the bus."""

from abc import abstractmethod
from typing import Protocol

from shadower.domain.events.event import RecordedEvent


class Handler(Protocol):
    """
    A small class in `application/handlers`, and one line in the container's list of `handlers`.

    A new group is given what is recorded after its first start.
    """

    group: str
    """Names its place in the stream: never to change, and never to be used by another."""
    types: frozenset[str] | None
    """Of the events it wants; None for all."""

    @abstractmethod
    async def __call__(self, event: RecordedEvent) -> None:
        """
        Handle the event.

        It is given every event at least once: one may come again after a crash, so the effect has to be the same, or
        to be recognised by (workspace, event id). Events of one workspace come one after another in the order of the
        log, those of several side by side. Whatever it raises is tried again, ever more slowly; then the event becomes
        a dead letter, and the next of its workspace has its turn. It is cancelled when it takes too long.
        """
