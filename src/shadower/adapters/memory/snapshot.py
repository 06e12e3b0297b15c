"""Reading from one instant of the store in memory."""

from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import islice

from shadower.adapters.memory.sessions import session_of
from shadower.adapters.memory.state import MemoryState
from shadower.application.ports.event_log import IntakeCount
from shadower.application.ports.snapshot import (
    Criteria,
    EventNotFound,
    Numbered,
    OpenSnapshot,
    Order,
    Place,
    Session,
    SessionNotFound,
    Snapshot,
)
from shadower.domain.events.event import Event, Position, RecordedEvent, WorkspaceId
from shadower.domain.events.filters import NO_FILTERS, Filters, passes
from shadower.domain.events.identity import as_uuid
from shadower.domain.events.moments import HOUR
from shadower.domain.metrics.gaps import Shortfall, widened
from shadower.domain.metrics.pages import family_of, plan
from shadower.domain.metrics.question import Aggregation, Tallies
from shadower.domain.metrics.tally import Tally


class MemorySnapshot(Snapshot):
    """The log up to one position. Since it only grows at its end, the past stays as it was."""

    def __init__(self, state: MemoryState, workspace: WorkspaceId) -> None:
        self.as_of = state.clock.now()
        self.position = state.head
        self._all = state.events
        self._records = state.records[workspace]
        self._intake = state.intake[workspace].shared()
        self._sealed = state.sealed.get(workspace)
        self.removed = None if self._sealed is None else self._sealed.removed
        self.shortfall: Shortfall | None = None

    async def tally(self, aggregation: Aggregation) -> Tallies:
        if self._sealed is None:
            return self._counted(aggregation)
        widest = self._sealed.removed.extent(self._extent())
        asked = replace(aggregation, cuts=widened(aggregation.cuts, widest))
        tallies = self._counted(asked)
        family = family_of(asked)
        if family is not None:
            _add(tallies, self._sealed.tally(asked, plan(family, asked.cuts)))
        self.shortfall = self.shortfall or self._sealed.shortfall(asked)
        return tallies

    def _counted(self, aggregation: Aggregation) -> Tallies:
        """Count the events that are there."""
        tallies: Tallies = {}
        cuts = aggregation.cuts
        low, high = self._records.between(aggregation.start, aggregation.end)
        for event in self._events(range(low, high)):
            if passes(event.event, aggregation.filters):
                group = None if aggregation.group_by is None else getattr(event.event, aggregation.group_by)
                bucket = bisect_right(cuts, event.event.occurred_at) - 1
                tallies.setdefault(group, {}).setdefault(bucket, Tally()).count(event.event, aggregation.needs)
        return tallies

    async def touched(self, after: Position, until: Position) -> Mapping[int, Position]:
        # By position, so the last one of an hour is the greatest.
        return {one.event.occurred_at // HOUR * HOUR: one.position for one in self._arrived(after, until)}

    async def marks(self, positions: Collection[Position]) -> Mapping[Position, str]:
        seen = (at for at in positions if at <= self.position and at in self._all)
        return {at: f"{self._all[at].event.id} {self._all[at].received_at}" for at in seen}

    async def numbering(self, upto: Numbered) -> str | None:
        return "" if upto == Numbered() else None

    async def extent(self) -> tuple[int, int] | None:
        kept = self._extent()
        return kept if self._sealed is None else self._sealed.removed.extent(kept)

    def _extent(self) -> tuple[int, int] | None:
        places = range(len(self._records.timeline()))
        earliest = next(self._events(places), None)
        latest = next(self._events(reversed(places)), None)
        return None if earliest is None or latest is None else (earliest.event.occurred_at, latest.event.occurred_at)

    async def event(self, event_id: str) -> RecordedEvent:
        uuid = as_uuid(event_id)
        if uuid is None:
            position = self._records.of_client_id(event_id, self.position)
        else:
            position = self._records.by_id.get(uuid)
        if position is None or position > self.position:
            raise EventNotFound("There is no event with this id in this workspace.")
        return self._all[position]

    async def events(
        self, criteria: Criteria, order: Order, limit: int, after: Place | None = None
    ) -> Sequence[RecordedEvent]:
        low, high = self._records.between(criteria.start, criteria.end)
        beyond = None if after is None else (after.moment, after.position)
        timeline = self._records.timeline()
        if order is Order.OLDEST:
            places = range(low if beyond is None else max(low, bisect_right(timeline, beyond)), high)
        else:
            places = range(low, high if beyond is None else min(high, bisect_left(timeline, beyond)))[::-1]
        return list(islice((one for one in self._events(places) if _matches(one.event, criteria)), limit))

    async def arrivals(
        self, after: Position, until: Position, limit: int, filters: Filters = NO_FILTERS
    ) -> Sequence[RecordedEvent]:
        found = self._arrived(after, until)
        return list(islice((one for one in found if passes(one.event, filters)), limit))

    async def sessions(
        self, criteria: Criteria, order: Order, limit: int, after: Place | None = None
    ) -> Sequence[Session]:
        newest = order is Order.NEWEST
        found: list[tuple[tuple[int, int], Session]] = []
        for session_id in self._records.sessions():
            recorded = self._of_session(session_id)
            if not any(_matches(one.event, criteria) for one in recorded):
                continue
            session = session_of(session_id, recorded, order)
            moment = session.ended_at if newest else session.started_at
            if _within(moment, criteria):
                found.append(((moment, session.last_position), session))
        found.sort(reverse=newest)
        if after is not None:
            beyond = (after.moment, after.position)
            found = [(place, session) for place, session in found if (place < beyond if newest else place > beyond)]
        return [session for _, session in found[:limit]]

    async def session(self, session_id: str) -> Session:
        recorded = self._of_session(session_id)
        if not recorded:
            raise SessionNotFound("There is no event of this session in this workspace.")
        return session_of(session_id, recorded)

    async def intake(self, since: int) -> Sequence[IntakeCount]:
        return self._intake.since(since)

    async def last_intake(self) -> Sequence[IntakeCount]:
        return self._intake.latest()

    def _arrived(self, after: Position, until: Position) -> Iterator[RecordedEvent]:
        """Go through what came in, by position."""
        positions = self._records.positions
        places = range(bisect_right(positions, after), bisect_right(positions, min(until, self.position)))
        return (self._all[positions[place]] for place in places)

    def _events(self, places: Iterable[int]) -> Iterator[RecordedEvent]:
        """Go through places of the timeline. Not to be carried across an await."""
        timeline = self._records.timeline()
        for place in places:
            position = timeline[place][1]
            if position <= self.position:
                yield self._all[position]

    def _of_session(self, session_id: str) -> Sequence[RecordedEvent]:
        return [self._all[position] for position in self._records.of_session(session_id, self.position)]


class MemoryOpenSnapshot(OpenSnapshot):
    """Opens snapshots of one state."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    @asynccontextmanager
    async def __call__(self, workspace: WorkspaceId) -> AsyncIterator[Snapshot]:
        self._state.check_open()
        yield MemorySnapshot(self._state, workspace)


def _add(tallies: Tallies, more: Tallies) -> None:
    for group, buckets in more.items():
        for bucket, tally in buckets.items():
            tallies.setdefault(group, {}).setdefault(bucket, Tally()).add(tally)


def _matches(event: Event, criteria: Criteria) -> bool:
    # An id that looks like a UUID is one, however it is written: client ids never do.
    ids = {as_uuid(text) or text for text in criteria.ids}
    return (not ids or not ids.isdisjoint({event.id, event.client_id})) and passes(event, criteria.filters)


def _within(moment: int, criteria: Criteria) -> bool:
    return (criteria.start is None or moment >= criteria.start) and (criteria.end is None or moment < criteria.end)
