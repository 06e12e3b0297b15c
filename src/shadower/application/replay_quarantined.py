"""Try a refused event again, as it was or corrected."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid5

from shadower.application.ingest_events import IngestEvents, Result, Submission
from shadower.application.ports.clock import Clock
from shadower.application.ports.work import BeginWork
from shadower.application.retake_event import ProjectionStillFails, RetakeEvent
from shadower.domain.events.admission import Admission, SentEvent
from shadower.domain.events.event import Event, Outcome, WorkspaceId
from shadower.domain.events.rejection import Rejected, Rejection
from shadower.domain.keys.key import KeyId
from shadower.domain.projections.set_aside import FAILED, event_id_of
from shadower.domain.quarantine.entry import (
    EntryId,
    EntryState,
    QuarantineEntry,
    QuarantineEntryReplayed,
    QuarantineEntryUncorrectable,
)

_NAMESPACE = UUID("b7a5f6a2-3a5c-5b0e-9c5e-6f0d8a1e4c7d")

ReadSent = Callable[[bytes], SentEvent | Rejection]
"""Reads one event as it was sent, or says why it is none."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of it."""

    result: Result
    entry: QuarantineEntry
    """As it is now."""


class ReplayQuarantined:
    """
    An event that is accepted now, stored or known already, leaves the quarantine; what was sent stays on record.

    One that is refused again stays, and nothing new enters the quarantine for it. An event without an id gets one that
    belongs to its entry, so that two replays at once, or one after a crash, store it once.

    An event that a projection could not take is in the log, so only the projection takes it again, and nothing can be
    corrected.

    Raises QuarantineEntryNotFound, QuarantineEntryReplayed, QuarantineEntryUncorrectable, Overloaded, StoreUnavailable,
    and what RetakeEvent raises.
    """

    def __init__(
        self, begin: BeginWork, admission: Admission, ingest: IngestEvents, retake: RetakeEvent, clock: Clock
    ) -> None:
        self._begin = begin
        self._retake = retake
        self._admission = admission
        self._ingest = ingest
        self._clock = clock

    async def __call__(
        self,
        workspace: WorkspaceId,
        key: KeyId | None,
        entry_id: EntryId,
        *,
        read: ReadSent,
        corrected: bytes | None = None,
    ) -> Replay:
        """Replay the entry, or `corrected` in its place."""
        async with self._begin(reading=True) as work:
            entry = await work.quarantine.get(workspace, entry_id)
        if entry.state is EntryState.REPLAYED:
            raise QuarantineEntryReplayed("This entry has been replayed already.")
        if entry.projection is not None:
            return await self._taken_again(entry, corrected)
        raw = entry.sent if corrected is None else corrected
        sent = read(raw)
        told_id = getattr(sent, "id", None)
        try:
            event = self._admitted(sent, workspace, entry_id)
        except Rejected as refused:
            why = refused.rejection
            return Replay(Result(0, told_id, Outcome.REJECTED, why.code, why.field, why.message), entry)
        receipt = await self._ingest(workspace, key, Submission([sent], lambda _: raw), keep_conflicts=False)
        result = receipt.results[0] if receipt.results else Result(0, event.id, Outcome.STORED)
        if result.outcome in {Outcome.STORED, Outcome.DUPLICATE}:
            entry = await self._leave(workspace, entry_id, event.id)
        return Replay(result, entry)

    async def _taken_again(self, entry: QuarantineEntry, corrected: bytes | None) -> Replay:
        if corrected is not None:
            raise QuarantineEntryUncorrectable("This event is in the log, where nothing changes: replay it as it is.")
        event_id = event_id_of(entry)
        try:
            entry = await self._retake(entry)
        except ProjectionStillFails as error:
            return Replay(Result(0, event_id, Outcome.REJECTED, FAILED, None, str(error)), entry)
        return Replay(Result(0, event_id, Outcome.STORED), entry)

    def _admitted(self, sent: SentEvent | Rejection, workspace: WorkspaceId, entry_id: EntryId) -> Event:
        if isinstance(sent, Rejection):
            raise Rejected(sent.code, sent.field, sent.message)
        if not sent.id:
            sent.id = str(uuid5(_NAMESPACE, f"{workspace}\0{entry_id}"))
        return self._admission.admit(sent, workspace, self._clock.now())

    async def _leave(self, workspace: WorkspaceId, entry_id: EntryId, event_id: str) -> QuarantineEntry:
        async with self._begin() as work:
            entry = await work.quarantine.get(workspace, entry_id)
            if entry.state is EntryState.OPEN:
                await work.quarantine.mark_replayed(entry_id, self._clock.now(), event_id)
                entry = await work.quarantine.get(workspace, entry_id)
                await work.commit()
        return entry
