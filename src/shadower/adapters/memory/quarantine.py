"""Refused events in memory: on record, and on their way in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from shadower.adapters.memory.views import Views
from shadower.application.ports.work import Quarantine
from shadower.domain.events.event import WorkspaceId
from shadower.domain.quarantine.entry import (
    EntryId,
    EntryState,
    QuarantineEntry,
    QuarantineEntryNotFound,
    QuarantineFull,
    QuarantineSize,
    RefusedEvent,
)

_EMPTY = QuarantineSize(entries=0, bytes=0, overflowed=0)


class MemoryQuarantine(Quarantine):
    """Entries by number; a digest leads repeats to the entry they collapse into."""

    def __init__(self, views: Views, numbers: Iterator[int], limit: int) -> None:
        """`limit` bounds the bytes kept per workspace."""
        self._rows = views.quarantine
        self._digests = views.quarantine_digests
        self._sizes = views.quarantine_sizes
        self._door = QuarantineDoor(views, numbers, limit)

    async def get(self, workspace: WorkspaceId, entry: EntryId) -> QuarantineEntry:
        found = await self._rows.lock(entry)
        if found is None or found.workspace != workspace:
            raise QuarantineEntryNotFound("There is no such entry in this workspace's quarantine.")
        return found

    async def list(
        self,
        workspace: WorkspaceId,
        *,
        code: str | None,
        start: int | None,
        end: int | None,
        state: EntryState | None,
        limit: int,
        before: EntryId | None = None,
    ) -> Sequence[QuarantineEntry]:
        found: list[QuarantineEntry] = []
        for entry in self._rows.newest_first():
            if len(found) == limit:
                break
            if (
                entry.workspace == workspace
                and (code is None or entry.rejection.code == code)
                and (start is None or entry.last_seen_at >= start)
                and (end is None or entry.last_seen_at < end)
                and (state is None or entry.state is state)
                and (before is None or entry.id < before)
            ):
                found.append(entry)
        return found

    async def mark_replayed(self, entry: EntryId, at: int, event_id: str) -> None:
        found = await self._rows.lock(entry)
        if found is None:
            raise QuarantineEntryNotFound("There is no such entry in the quarantine.")
        self._rows.put(entry, replace(found, state=EntryState.REPLAYED, replayed_at=at, replayed_as=event_id))

    async def remove(self, workspace: WorkspaceId, entry: EntryId) -> None:
        found = await self.get(workspace, entry)
        digest = (workspace, RefusedEvent(found.rejection, found.sent, projection=found.projection).digest)
        await self._digests.lock(digest)
        size = await self._locked_size(workspace)
        self._rows.remove(entry)
        self._digests.remove(digest)
        self._sizes.put(workspace, replace(size, entries=size.entries - 1, bytes=size.bytes - len(found.sent)))

    async def set_aside(self, workspace: WorkspaceId, refused: RefusedEvent, at: int) -> None:
        if not await self._door.has_room(workspace, refused):
            raise QuarantineFull("The quarantine has no room for an event that a projection cannot take.")
        await self._door.admit(workspace, refused, at)

    async def size(self, workspace: WorkspaceId) -> QuarantineSize:
        return self._sizes.find(workspace) or _EMPTY

    async def sizes(self) -> Mapping[WorkspaceId, QuarantineSize]:
        return {workspace: await self.size(workspace) for workspace in self._sizes.every_key()}

    async def acknowledge_overflow(self, workspace: WorkspaceId) -> None:
        self._sizes.put(workspace, replace(await self._locked_size(workspace), overflowed=0))

    async def _locked_size(self, workspace: WorkspaceId) -> QuarantineSize:
        return await self._sizes.lock(workspace) or _EMPTY


class QuarantineDoor:
    """Where refused events come in."""

    def __init__(self, views: Views, numbers: Iterator[int], limit: int) -> None:
        """`limit` bounds the bytes kept per workspace."""
        self._rows = views.quarantine
        self._digests = views.quarantine_digests
        self._sizes = views.quarantine_sizes
        self._numbers = numbers
        self._limit = limit

    async def has_room(self, workspace: WorkspaceId, refused: RefusedEvent) -> bool:
        """Whether it fits, or collapses into what is there."""
        if await self._digests.lock((workspace, refused.digest)) is not None:
            return True
        size = await self._sizes.lock(workspace) or _EMPTY
        return size.bytes + len(refused.sent) <= self._limit

    async def admit(self, workspace: WorkspaceId, refused: RefusedEvent, at: int) -> None:
        """Keep the refused event, or count it where it has been seen before or no longer fits."""
        digest = (workspace, refused.digest)
        known = await self._digests.lock(digest)
        entry = None if known is None else await self._rows.lock(known)
        if entry is None:
            await self._keep(workspace, digest, refused, at)
            return
        self._rows.put(
            entry.id,
            replace(
                entry,
                state=EntryState.OPEN,
                count=entry.count + 1,
                first_seen_at=min(entry.first_seen_at, at),
                last_seen_at=max(entry.last_seen_at, at),
            ),
        )

    async def _keep(
        self, workspace: WorkspaceId, digest: tuple[WorkspaceId, bytes], refused: RefusedEvent, at: int
    ) -> None:
        size = await self._sizes.lock(workspace) or _EMPTY
        larger = size.bytes + len(refused.sent)
        if larger > self._limit:
            self._sizes.put(workspace, replace(size, overflowed=size.overflowed + 1))
            return
        entry = QuarantineEntry(
            EntryId(next(self._numbers)),
            workspace,
            refused.rejection,
            refused.sent,
            refused.source,
            1,
            at,
            at,
            projection=refused.projection,
        )
        self._rows.put(entry.id, entry)
        self._digests.put(digest, entry.id)
        self._sizes.put(workspace, replace(size, entries=size.entries + 1, bytes=larger))
