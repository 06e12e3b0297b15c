"""Let a projection take an event again that it could not take."""

from shadower.application.delivery import deliver
from shadower.application.ports.clock import Clock
from shadower.application.ports.projection import OutsideProjection, StoreProjection
from shadower.application.ports.snapshot import OpenSnapshot
from shadower.application.ports.work import BeginWork, Work
from shadower.application.registered_projections import RegisteredProjections
from shadower.domain.errors import Unavailable
from shadower.domain.events.event import RecordedEvent
from shadower.domain.projections.lease import ProjectionNotRepeatable
from shadower.domain.projections.set_aside import event_id_of, said_of
from shadower.domain.quarantine.entry import EntryState, QuarantineEntry, QuarantineEntryReplayed


class ProjectionStillFails(Exception):
    """Carries what goes wrong now."""


class RetakeEvent:
    """
    The event is taken beside the cursor, wherever that is by now.

    In our own store effect and entry change together, and the runner waits meanwhile: two replays at once are one.
    Outside, the event may be delivered twice, as always.

    Raises ProjectionStillFails, after which the entry is as it was; ProjectionNotFound when this version has no such
    projection; EventNotFound when retention has removed the event; QuarantineEntryReplayed, ReceiverUnavailable,
    StoreUnavailable.
    """

    def __init__(
        self, projections: RegisteredProjections, open_snapshot: OpenSnapshot, begin: BeginWork, clock: Clock
    ) -> None:
        self._projections = projections
        self._open = open_snapshot
        self._begin = begin
        self._clock = clock

    async def __call__(self, entry: QuarantineEntry) -> QuarantineEntry:
        """Let the entry's projection take its event; returns the entry as it is afterwards."""
        projection = self._projections.get(entry.projection or "")
        async with self._open(entry.workspace) as snapshot:
            event = await snapshot.event(event_id_of(entry))
        match projection:
            case StoreProjection():
                return await self._apply(projection, event, entry)
            case OutsideProjection():
                return await self._deliver(projection, event, entry)
            case _:
                raise ProjectionNotRepeatable(f"The projection {projection.name} takes events in its own way only.")

    async def _apply(
        self, projection: StoreProjection, event: RecordedEvent, entry: QuarantineEntry
    ) -> QuarantineEntry:
        async with self._begin() as work:
            await work.projections.lock(projection.name)
            await _check_open(work, entry)
            try:
                await projection.apply([event], work)
            except Unavailable:
                raise
            except Exception as error:
                raise ProjectionStillFails(said_of(error)) from error
            return await self._leave(work, event, entry)

    async def _deliver(
        self, projection: OutsideProjection, event: RecordedEvent, entry: QuarantineEntry
    ) -> QuarantineEntry:
        # Outside of the unit of work: others must not wait for a receiver.
        try:
            await deliver(projection, [event])
        except Unavailable:
            raise
        except Exception as error:
            raise ProjectionStillFails(said_of(error)) from error
        async with self._begin() as work:
            await _check_open(work, entry)
            return await self._leave(work, event, entry)

    async def _leave(self, work: Work, event: RecordedEvent, entry: QuarantineEntry) -> QuarantineEntry:
        await work.quarantine.mark_replayed(entry.id, self._clock.now(), event.event.id)
        after = await work.quarantine.get(entry.workspace, entry.id)
        await work.commit()
        return after


async def _check_open(work: Work, entry: QuarantineEntry) -> None:
    found = await work.quarantine.get(entry.workspace, entry.id)
    if found.state is EntryState.REPLAYED:
        raise QuarantineEntryReplayed("This entry has been replayed already.")
