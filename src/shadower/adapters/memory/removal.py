"""Removing events from the store in memory."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace

from shadower.adapters.memory.projections import ROLLUPS
from shadower.adapters.memory.records import Records
from shadower.adapters.memory.sealed import seal
from shadower.adapters.memory.state import MemoryState
from shadower.adapters.memory.views import Views
from shadower.application.ports.retention import EventRemoval, Reach, Step, group_named
from shadower.application.ports.snapshot import Place
from shadower.domain.events.event import RecordedEvent
from shadower.domain.events.moments import MOST_AHEAD
from shadower.domain.retention.run import RunId


class MemoryEventRemoval(EventRemoval):
    """Puts a log and records without the events in the place of those that snapshots go on looking at."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def count(self, reach: Reach, after: Place | None = None) -> Step:
        self._state.check_open()
        due, following = self._walk(reach, after)
        return Step(len(due), following)

    async def remove(self, run: RunId, reach: Reach, after: Place | None = None) -> Step:
        state = self._state
        # An append decides repeats by identities that must not go meanwhile.
        async with state.appending:
            state.check_open()
            views = Views(state)
            try:
                counted = await views.retention_runs.lock(run)
                due, following = self._walk(reach, after)
                cursors = self._cursors(reach)
                ready = [one for one in due if one.position <= min(cursors.values(), default=state.head)]
                if ready and counted is not None:
                    removed = counted.removed + len(ready)
                    views.retention_runs.put(run, replace(counted, removed=removed, touched_at=state.clock.now()))
                # From here on nothing awaits and nothing fails: all of it happens, at once.
                views.apply()
                if ready:
                    self._take_out(reach, ready)
            finally:
                views.discard()
        newest = max((one.position for one in due), default=0)
        behind = frozenset(name for name, cursor in cursors.items() if cursor < newest)
        return Step(len(ready), following, len(due) - len(ready), behind)

    async def drop_partitions(self, before: int) -> Sequence[str] | None:  # noqa: ARG002 - there are none
        return None

    def _walk(self, reach: Reach, after: Place | None) -> tuple[list[RecordedEvent], Place | None]:
        timeline = self._state.records[reach.workspace].timeline()
        low = 0 if after is None else bisect_right(timeline, (after.moment, after.position))
        entries = [entry for entry in timeline[low : low + reach.limit] if entry[0] < reach.before + MOST_AHEAD]
        seen = [self._state.events[position] for _, position in entries]
        following = Place(*entries[-1]) if len(entries) == reach.limit else None
        return [one for one in seen if one.received_at < reach.before], following

    def _cursors(self, reach: Reach) -> Mapping[str, int]:
        """Return how far those are who follow the log. What the rollups would tell is counted from the events."""
        rows, groups = self._state.tables.projections.rows, self._state.tables.bus_groups.rows
        far = {name: row.cursor for name, row in rows.items() if name in reach.readers and name != ROLLUPS}
        return far | {group_named(name): row.acknowledged for name, row in groups.items() if name in reach.groups}

    def _take_out(self, reach: Reach, gone: Sequence[RecordedEvent]) -> None:
        state, workspace = self._state, reach.workspace
        positions = {one.position for one in gone}
        state.events = {position: one for position, one in state.events.items() if position not in positions}
        kept = Records()
        for position in state.records[workspace].positions:
            if position not in positions:
                kept.add(state.events[position])
        state.records[workspace] = kept
        state.sealed[workspace] = seal(state.sealed.get(workspace), gone, reach.before)
