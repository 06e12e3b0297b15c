"""Cursors and leases in memory. Of rollups there are none: answers come from the log itself, so nothing lags behind."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from shadower.adapters.memory.state import MemoryState, ProjectionRow
from shadower.adapters.memory.views import Views
from shadower.application.ports.projection_cursors import Projections, ProjectionStatus
from shadower.domain.events.event import Position
from shadower.domain.events.moments import SECOND
from shadower.domain.projections.lease import Lease, LeaseLost, ProjectionNotFound, ProjectionState
from shadower.domain.quarantine.entry import EntryState

ROLLUPS: Final = "rollups"
_BEGINNING: Final = Position(0)


class MemoryProjections(Projections):
    """Rows by name. A unit of work cannot be left frozen here: it would have to be this very process."""

    def __init__(self, state: MemoryState, views: Views) -> None:
        self._state = state
        self._rows = views.projections
        self._quarantine = views.quarantine

    async def statuses(self, names: Sequence[str]) -> Sequence[ProjectionStatus]:
        return [self._status(name, self._rows.find(name) or ProjectionRow(_BEGINNING)) for name in names]

    async def names(self) -> Sequence[str]:
        return sorted(self._rows.every_key())

    async def register(self, name: str, *, history: bool) -> None:
        if await self._rows.lock(name) is None:
            self._rows.put(name, ProjectionRow(cursor=_BEGINNING if history else self._state.head))

    async def free(self, names: Sequence[str]) -> Sequence[str]:
        now = self._state.clock.now()
        rows = {name: self._rows.find(name) for name in names}
        return [name for name, row in rows.items() if row is not None and row.is_free(now)]

    async def acquire(self, name: str, owner: str, seconds: float) -> tuple[Lease, Position] | None:
        row = await self._locked(name)
        now = self._state.clock.now()
        if not row.is_free(now):
            return None
        row = replace(row, owner=owner, token=row.token + 1, expires_at=now + round(seconds * SECOND))
        self._rows.put(name, row)
        return Lease(name, owner, row.token), row.cursor

    async def renew(self, leases: Sequence[Lease], seconds: float) -> Sequence[Lease]:
        lost = []
        for lease in sorted(leases, key=lambda lease: lease.projection):
            row = await self._rows.lock(lease.projection)
            if row is None or row.token != lease.token:
                lost.append(lease)
            else:
                expires_at = self._state.clock.now() + round(seconds * SECOND)
                self._rows.put(lease.projection, replace(row, expires_at=expires_at))
        return lost

    async def release(self, lease: Lease) -> None:
        row = await self._rows.lock(lease.projection)
        if row is not None and row.token == lease.token:
            self._rows.put(lease.projection, replace(row, owner=None, expires_at=None))

    async def check(self, lease: Lease) -> None:
        row = self._rows.find(lease.projection)
        if row is None or row.token != lease.token:
            raise _lost(lease)

    async def move(self, lease: Lease, since: Position, to: Position, at: int) -> None:
        row = await self._fenced(lease)
        if row.cursor != since:
            raise _lost(lease)
        self._rows.put(lease.projection, replace(row, cursor=to, moved_at=at, failures=0))

    async def note_failure(self, lease: Lease, failures: int, said: str, at: int) -> None:
        row = await self._fenced(lease)
        self._rows.put(lease.projection, replace(row, failures=failures, last_error=said, last_error_at=at))

    async def lock(self, name: str) -> None:
        await self._locked(name)

    async def rewind(self, name: str, to: Position) -> None:
        self._rows.put(name, replace((await self._locked(name)).taken_away(), cursor=to, failures=0))

    async def pause(self, name: str) -> None:
        self._rows.put(name, replace((await self._locked(name)).taken_away(), state=ProjectionState.PAUSED))

    async def resume(self, name: str) -> None:
        self._rows.put(name, replace(await self._locked(name), state=ProjectionState.RUNNING))

    async def _locked(self, name: str) -> ProjectionRow:
        row = await self._rows.lock(name)
        if row is None:
            raise ProjectionNotFound(f"No projection {name!r} has ever run here.")
        return row

    async def _fenced(self, lease: Lease) -> ProjectionRow:
        row = await self._rows.lock(lease.projection)
        if row is None or row.token != lease.token:
            raise _lost(lease)
        return row

    def _status(self, name: str, row: ProjectionRow) -> ProjectionStatus:
        state = self._state
        cursor, moved_at = (state.head, state.moved_at) if name == ROLLUPS else (row.cursor, row.moved_at)
        waiting = next(state.after(cursor), None)
        set_aside = sum(
            entry.projection == name and entry.state is EntryState.OPEN for entry in self._quarantine.newest_first()
        )
        return ProjectionStatus(
            name,
            generation=1,
            cursor=cursor,
            head=state.head,
            moved_at=moved_at,
            oldest_waiting_at=None if waiting is None else waiting.received_at,
            state=row.state,
            owner=row.owner if row.is_held(state.clock.now()) else None,
            failures=row.failures,
            last_error=row.last_error,
            last_error_at=row.last_error_at,
            set_aside=set_aside,
        )


def _lost(lease: Lease) -> LeaseLost:
    return LeaseLost(f"Another runner has taken over the projection {lease.projection}, or it was stopped.")
