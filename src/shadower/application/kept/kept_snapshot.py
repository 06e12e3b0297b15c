"""A snapshot that counts anew only what may have changed since it was counted last."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from shadower.application.kept.digests import digest_of, said_of
from shadower.application.kept.touches import Touches
from shadower.application.ports.cache import Cache, CacheKey
from shadower.application.ports.event_log import IntakeCount
from shadower.application.ports.snapshot import (
    Criteria,
    Numbered,
    OpenSnapshot,
    Order,
    Place,
    Session,
    Snapshot,
)
from shadower.application.ports.tally_codec import KeptHead, TallyCodec
from shadower.domain.events.event import Position, RecordedEvent, WorkspaceId
from shadower.domain.events.filters import NO_FILTERS, Filters
from shadower.domain.keys.key import Scope
from shadower.domain.metrics.gaps import Shortfall
from shadower.domain.metrics.pieces import gather, pieces, tells_all
from shadower.domain.metrics.question import Aggregation, Tallies
from shadower.domain.retention.removed import Removed

NAME: Final = "tallies"
TTL: Final = 26 * 3600.0
"""Seconds: until the same question of the next day, whose midnight is another, has been asked."""


def tag_of(workspace: WorkspaceId) -> str:
    """Return the tag of everything kept for a workspace."""
    return f"workspace-{workspace}"


@dataclass(frozen=True, slots=True)
class Means:
    """What keeping takes."""

    cache: Cache
    touches: Touches
    codec: TallyCodec


class OpenKeptSnapshot(OpenSnapshot):
    """Opens snapshots of the store that keep what is over."""

    def __init__(self, opened: OpenSnapshot, means: Means) -> None:
        self._opened = opened
        self._means = means

    @asynccontextmanager
    async def __call__(self, workspace: WorkspaceId) -> AsyncIterator[Snapshot]:
        """See the port."""
        async with self._opened(workspace) as snapshot:
            yield KeptSnapshot(snapshot, workspace, self._means)


class KeptSnapshot(Snapshot):
    """
    Tallies of hours that are over are taken from the cache, if the log tells that no event fell into them since.

    The rest is read from the snapshot, as is everything that is no tally: so its position and instant are those of the
    answer, exactly as without a cache.
    """

    def __init__(self, snapshot: Snapshot, workspace: WorkspaceId, means: Means) -> None:
        self.as_of = snapshot.as_of
        self.position = snapshot.position
        self.removed: Removed | None = snapshot.removed
        self.shortfall: Shortfall | None = snapshot.shortfall
        self._snapshot = snapshot
        self._workspace = workspace
        self._cache = means.cache
        self._touches = means.touches
        self._codec = means.codec
        self._is_known: bool | None = None

    async def tally(self, aggregation: Aggregation) -> Tallies:
        """See the port."""
        tallies = await self._tallied(aggregation)
        self.shortfall = self._snapshot.shortfall
        return tallies

    async def _tallied(self, asked: Aggregation) -> Tallies:
        cut = pieces(asked, self.as_of)
        worthwhile = any(piece.is_over for piece in cut) and tells_all(asked, self.removed)
        if not worthwhile or not await self._is_of_the_log():
            return await self._snapshot.tally(asked)
        tallies: Tallies = {}
        for piece in cut:
            found = await (self._kept(piece.asked) if piece.is_over else self._snapshot.tally(piece.asked))
            gather(tallies, piece, found)
        return tallies

    async def _is_of_the_log(self) -> bool:
        if self._is_known is None:
            self._is_known = await self._touches.look(self._workspace, self._snapshot)
        return self._is_known

    async def _kept(self, asked: Aggregation) -> Tallies:
        """Return the tallies of whole hours that are over."""
        counted: Tallies | None = None

        async def count() -> bytes | None:
            nonlocal counted
            counted = await self._snapshot.tally(asked)
            head = await self._head_of(counted)
            return None if head is None else self._codec.encode(counted, head)

        async def is_true(kept: bytes) -> bool:
            head = self._codec.head(kept)
            return (
                head is not None
                and await self._touches.is_untouched(self._workspace, head, asked.start, asked.end, self._snapshot)
                and await self._is_numbered_alike(head)
            )

        key = CacheKey(self._workspace, Scope.READ, NAME, _digest_of(asked, self.removed))
        kept = await self._cache.get_or_compute(key, count, ttl=TTL, tags=[tag_of(self._workspace)], acceptable=is_true)
        if counted is not None:
            return counted
        try:
            # Without them, somebody else has counted: with numbers of their own, or not everything.
            return await self._snapshot.tally(asked) if kept is None else self._codec.decode(kept)
        except ValueError:
            await self._cache.delete(key)
            return await self._snapshot.tally(asked)

    async def _head_of(self, counted: Tallies) -> KeptHead | None:
        """Return what others can tell by whether the tallies are true for them, None when nothing does."""
        mark = self._touches.mark_at(self.position)
        if mark is None or self._snapshot.shortfall is not None:
            return None
        numbers = self._codec.numbers(counted)
        if numbers is None:
            return KeptHead(self.position, mark)
        numbering = await self._snapshot.numbering(numbers)
        return None if numbering is None else KeptHead(self.position, mark, numbers, numbering)

    async def _is_numbered_alike(self, head: KeptHead) -> bool:
        """Whether the numbers in the sets stand for the same ids in this snapshot as in the kept ones."""
        return head.numbers is None or await self._snapshot.numbering(head.numbers) == head.numbering

    async def touched(self, after: Position, until: Position) -> Mapping[int, Position]:
        """See the port."""
        return await self._snapshot.touched(after, until)

    async def marks(self, positions: Collection[Position]) -> Mapping[Position, str]:
        """See the port."""
        return await self._snapshot.marks(positions)

    async def numbering(self, upto: Numbered) -> str | None:
        """See the port."""
        return await self._snapshot.numbering(upto)

    async def extent(self) -> tuple[int, int] | None:
        """See the port."""
        return await self._snapshot.extent()

    async def event(self, event_id: str) -> RecordedEvent:
        """See the port."""
        return await self._snapshot.event(event_id)

    async def events(
        self, criteria: Criteria, order: Order, limit: int, after: Place | None = None
    ) -> Sequence[RecordedEvent]:
        """See the port."""
        return await self._snapshot.events(criteria, order, limit, after)

    async def arrivals(
        self, after: Position, until: Position, limit: int, filters: Filters = NO_FILTERS
    ) -> Sequence[RecordedEvent]:
        """See the port."""
        return await self._snapshot.arrivals(after, until, limit, filters)

    async def sessions(
        self, criteria: Criteria, order: Order, limit: int, after: Place | None = None
    ) -> Sequence[Session]:
        """See the port."""
        return await self._snapshot.sessions(criteria, order, limit, after)

    async def session(self, session_id: str) -> Session:
        """See the port."""
        return await self._snapshot.session(session_id)

    async def intake(self, since: int) -> Sequence[IntakeCount]:
        """See the port."""
        return await self._snapshot.intake(since)

    async def last_intake(self) -> Sequence[IntakeCount]:
        """See the port."""
        return await self._snapshot.last_intake()


def _digest_of(asked: Aggregation, removed: Removed | None) -> str:
    gone = None if removed is None else (removed.events, removed.received_before)
    group = None if asked.group_by is None else str(asked.group_by)
    return digest_of(list(asked.cuts), asked.needs.value, group, said_of(asked.filters), gone)
