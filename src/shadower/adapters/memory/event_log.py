"""The log in memory."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice

from shadower.adapters.memory.quarantine import QuarantineDoor
from shadower.adapters.memory.state import MemoryState
from shadower.adapters.memory.views import Views
from shadower.application.ports.event_log import Batch, EventLog
from shadower.domain.events.event import Event, Outcome, Position, RecordedEvent, WorkspaceId
from shadower.domain.events.rejection import CONFLICT
from shadower.domain.quarantine.entry import RefusedEvent


class MemoryEventLog(EventLog):
    """Events by position."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def append(self, batches: Sequence[Batch]) -> Sequence[Sequence[Outcome]]:
        state = self._state
        async with state.appending:
            state.check_open()
            draft = _Draft(state)
            outcomes = [draft.decide(batch) for batch in batches]
            views = Views(state)
            try:
                await self._quarantine(batches, outcomes, views)
                # From here on nothing awaits and nothing fails: all of it happens, at once.
                views.apply()
            finally:
                views.discard()
            for batch, decided in zip(batches, outcomes, strict=True):
                if decided or batch.refused:
                    state.intake[batch.workspace].count(batch, decided)
            self._grow(draft.recorded)
        return outcomes

    async def head(self) -> Position:
        self._state.check_open()
        return self._state.head

    async def read(self, after: Position, limit: int) -> Sequence[RecordedEvent]:
        self._state.check_open()
        return list(islice(self._state.after(after), limit))

    async def wait(self, after: Position, within: float) -> Position:
        self._state.check_open()
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self._state.head <= after:
                    await self._state.grown.wait()
        return self._state.head

    async def _quarantine(self, batches: Sequence[Batch], outcomes: Sequence[Sequence[Outcome]], views: Views) -> None:
        door = QuarantineDoor(views, self._state.entry_numbers, self._state.quarantine_limit)
        for batch, decided in zip(batches, outcomes, strict=True):
            conflicts = [
                RefusedEvent(CONFLICT, batch.sent(index), batch.events[index].source)
                for index, outcome in enumerate(decided)
                if outcome is Outcome.CONFLICT and batch.keep_conflicts
            ]
            for refused in (*conflicts, *batch.refused):
                await door.admit(batch.workspace, refused, batch.received_at)

    def _grow(self, recorded: Sequence[RecordedEvent]) -> None:
        if not recorded:
            return
        state = self._state
        for one in recorded:
            state.events[one.position] = one
            state.records[one.workspace].add(one)
        state.head = recorded[-1].position
        state.moved_at = state.clock.now()
        state.grown.set()
        state.grown = asyncio.Event()


class _Draft:
    """What an append is about to add; nobody sees it yet."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state
        self._fingerprints: dict[tuple[WorkspaceId, str], bytes] = {}
        self.recorded: list[RecordedEvent] = []

    def decide(self, batch: Batch) -> list[Outcome]:
        """Return the outcome of each event, in order."""
        return [self._decide(batch, event) for event in batch.events]

    def _decide(self, batch: Batch, event: Event) -> Outcome:
        identity = (batch.workspace, event.id)
        known = self._fingerprints.get(identity)
        if known is None:
            known = self._recorded_fingerprint(identity)
        if known is not None:
            return Outcome.DUPLICATE if known == event.fingerprint else Outcome.CONFLICT
        self._fingerprints[identity] = event.fingerprint
        position = Position(self._state.head + len(self.recorded) + 1)
        self.recorded.append(RecordedEvent(position, batch.workspace, batch.received_at, event))
        return Outcome.STORED

    def _recorded_fingerprint(self, identity: tuple[WorkspaceId, str]) -> bytes | None:
        records = self._state.records.get(identity[0])
        position = None if records is None else records.by_id.get(identity[1])
        return None if position is None else self._state.events[position].event.fingerprint
