"""Removing events from the store in memory."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from shadower.adapters.memory.records import Records
from shadower.adapters.memory.sealed import seal
from shadower.adapters.memory.state import MemoryState
from shadower.adapters.memory.views import Views
from shadower.application.ports.retention import EventRemoval, Step
from shadower.application.ports.snapshot import Place
from shadower.domain.events.event import RecordedEvent, WorkspaceId
from shadower.domain.events.moments import MOST_AHEAD
from shadower.domain.retention.run import RunId


class MemoryEventRemoval(EventRemoval):
    """Puts a log and records without the events in the place of those that snapshots go on looking at."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def count(self, workspace: WorkspaceId, before: int, limit: int, after: Place | None = None) -> Step:
        self._state.check_open()
        due, following = self._walk(workspace, before, limit, after)
        return Step(len(due), following)

    async def remove(
        self, run: RunId, workspace: WorkspaceId, before: int, limit: int, after: Place | None = None
    ) -> Step:
        state = self._state
        # An append decides repeats by identities that must not go meanwhile.
        async with state.appending:
            state.check_open()
            views = Views(state)
            try:
                counted = await views.retention_runs.lock(run)
                due, following = self._walk(workspace, before, limit, after)
                if due and counted is not None:
                    views.retention_runs.put(
                        run, replace(counted, removed=counted.removed + len(due), touched_at=state.clock.now())
                    )
                # From here on nothing awaits and nothing fails: all of it happens, at once.
                views.apply()
                if due:
                    self._take_out(workspace, due, before)
            finally:
                views.discard()
        return Step(len(due), following)

    async def drop_partitions(self, before: int) -> Sequence[str] | None:  # noqa: ARG002 - there are none
        return None

    def _walk(
        self, workspace: WorkspaceId, before: int, limit: int, after: Place | None
    ) -> tuple[list[RecordedEvent], Place | None]:
        timeline = self._state.records[workspace].timeline()
        low = 0 if after is None else bisect_right(timeline, (after.moment, after.position))
        entries = [entry for entry in timeline[low : low + limit] if entry[0] < before + MOST_AHEAD]
        seen = [self._state.events[position] for _, position in entries]
        following = Place(*entries[-1]) if len(entries) == limit else None
        return [one for one in seen if one.received_at < before], following

    def _take_out(self, workspace: WorkspaceId, gone: Sequence[RecordedEvent], before: int) -> None:
        state = self._state
        positions = {one.position for one in gone}
        state.events = {position: one for position, one in state.events.items() if position not in positions}
        kept = Records()
        for position in state.records[workspace].positions:
            if position not in positions:
                kept.add(state.events[position])
        state.records[workspace] = kept
        state.sealed[workspace] = seal(state.sealed.get(workspace), gone, before)
