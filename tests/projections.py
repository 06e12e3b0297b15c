"""Projections for tests: one counts in our own store, one delivers elsewhere; both fail when they are told to."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from shadower.application.ports.projection import OutsideProjection, StoreProjection
from shadower.application.ports.read_models import Document
from shadower.application.ports.work import Work
from shadower.domain.events.event import RecordedEvent, WorkspaceId

POISON = "poison"
"""An agent whose events nobody here can take."""


class Unpalatable(Exception):
    """An event is poison."""


class Sightings(StoreProjection):
    """How often each user was seen, and when first and last. Counting twice shows."""

    name = "sightings"

    def __init__(self, batch: int = 50) -> None:
        self.batch = batch
        self.fails = True
        """Whether poison is."""

    async def apply(self, events: Sequence[RecordedEvent], work: Work) -> None:
        for workspace in sorted({event.workspace for event in events}):
            mine = [event.event for event in events if event.workspace == workspace]
            users = {event.user_id for event in mine if event.user_id is not None}
            known = await work.read_models.get(self.name, workspace, users)
            seen: dict[str, Document] = dict(known)
            for event in mine:
                if event.user_id is None:
                    continue
                before = seen.get(event.user_id, {})
                seen[event.user_id] = {
                    "events": int(before.get("events") or 0) + 1,
                    "first": min(int(before.get("first") or event.occurred_at), event.occurred_at),
                    "last": max(int(before.get("last") or event.occurred_at), event.occurred_at),
                }
            await work.read_models.put(self.name, workspace, seen)
        # Last: what was written before it must not stay.
        if self.fails and any(event.event.agent_id == POISON for event in events):
            raise Unpalatable("this text quotes the event and must not be told to everybody")

    async def clear(self, work: Work) -> None:
        await work.read_models.clear(self.name)

    async def counts(self, work: Work, workspace: int = 1) -> Counter[str]:
        found = await work.read_models.list(self.name, WorkspaceId(workspace), 100_000)
        return Counter({user: int(document["events"] or 0) for user, document in found})


class Letters(OutsideProjection):
    """Delivers positions into a list."""

    name = "letters"

    def __init__(self, batch: int = 50, *, history: bool = True) -> None:
        self.batch = batch
        self.history = history
        self.delivered: list[int] = []
        self.arrived = asyncio.Event()
        self.cleared = 0
        self.fails = True
        self.outage: Exception | None = None
        self.wanted = True

    async def is_wanted(self) -> bool:
        return self.wanted

    async def deliver(self, events: Sequence[RecordedEvent]) -> None:
        if self.outage is not None:
            raise self.outage
        for event in events:
            if self.fails and event.event.agent_id == POISON:
                raise Unpalatable("this text quotes the event and must not be told to everybody")
            self.delivered.append(event.position)
        self.arrived.set()

    async def clear(self) -> None:
        self.cleared += 1
