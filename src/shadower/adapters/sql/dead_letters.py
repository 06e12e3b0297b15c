"""Events that a handler could not handle, in SQL."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.schema import dead_letters
from shadower.adapters.sql.upsert import insert_into, later
from shadower.application.ports.dead_letters import DeadLetters
from shadower.domain.bus.dead_letter import (
    DeadLetter,
    DeadLetterId,
    DeadLetterNotFound,
    Failure,
    LetterState,
    UnhandledEvent,
)
from shadower.domain.events.event import Position, WorkspaceId

_column = dead_letters.c


class SqlDeadLetters(DeadLetters):
    """Rows of `dead_letters`."""

    def __init__(self, connection: AsyncConnection, *, locking: bool = True) -> None:
        """`locking` whether `get` locks the row."""
        self._connection = connection
        self._locking = locking

    async def keep(self, event: UnhandledEvent, at: int) -> None:
        """See the port."""
        statement = insert_into(self._connection, dead_letters).values(
            group_name=event.group,
            workspace_id=event.workspace,
            position=event.position,
            event_id=event.event_id,
            type=event.type,
            error=event.failure.error,
            message=event.failure.message,
            attempts=event.attempts,
            first_failed_at=at,
            last_failed_at=at,
            state=LetterState.OPEN.value,
        )
        again = statement.excluded
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[_column.group_name, _column.position],
                set_={
                    "error": again.error,
                    "message": again.message,
                    "attempts": _column.attempts + again.attempts,
                    "last_failed_at": later(_column.last_failed_at, again.last_failed_at),
                    "state": again.state,
                },
            )
        )

    async def get(self, workspace: WorkspaceId | None, letter: DeadLetterId) -> DeadLetter:
        """See the port."""
        statement = select(dead_letters).where(_column.id == letter)
        if workspace is not None:
            statement = statement.where(_column.workspace_id == workspace)
        if self._locking:
            statement = statement.with_for_update()
        row = (await self._connection.execute(statement)).one_or_none()
        if row is None:
            raise DeadLetterNotFound("There is no such dead letter.")
        return _letter(row)

    async def list(
        self,
        workspace: WorkspaceId | None,
        *,
        group: str | None = None,
        state: LetterState | None = None,
        limit: int,
        before: DeadLetterId | None = None,
    ) -> Sequence[DeadLetter]:
        """See the port."""
        statement = select(dead_letters)
        if workspace is not None:
            statement = statement.where(_column.workspace_id == workspace)
        if group is not None:
            statement = statement.where(_column.group_name == group)
        if state is not None:
            statement = statement.where(_column.state == state.value)
        if before is not None:
            statement = statement.where(_column.id < before)
        rows = await self._connection.execute(statement.order_by(_column.id.desc()).limit(limit))
        return [_letter(row) for row in rows.all()]

    async def counts(self, workspace: WorkspaceId) -> Mapping[str, int]:
        """See the port."""
        statement = (
            select(_column.group_name, func.count())
            .where(_column.workspace_id == workspace)
            .group_by(_column.group_name)
        )
        return {row[0]: int(row[1]) for row in (await self._connection.execute(statement)).all()}

    async def to_replay(self, group: str, limit: int) -> Sequence[DeadLetter]:
        """See the port."""
        statement = (
            select(dead_letters)
            .where(_column.group_name == group, _column.state == LetterState.REPLAYING.value)
            .order_by(_column.position)
            .limit(limit)
        )
        return [_letter(row) for row in (await self._connection.execute(statement)).all()]

    async def mark(self, letter: DeadLetterId, state: LetterState) -> None:
        """See the port."""
        await self._connection.execute(update(dead_letters).where(_column.id == letter).values(state=state.value))

    async def replay_all(self, group: str) -> int:
        """See the port."""
        marked = await self._connection.execute(
            update(dead_letters)
            .where(_column.group_name == group, _column.state == LetterState.OPEN.value)
            .values(state=LetterState.REPLAYING.value)
        )
        return marked.rowcount

    async def note_failure(self, letter: DeadLetterId, failure: Failure, attempts: int, at: int) -> None:
        """See the port."""
        await self._connection.execute(
            update(dead_letters)
            .where(_column.id == letter)
            .values(
                error=failure.error,
                message=failure.message,
                attempts=_column.attempts + attempts,
                last_failed_at=later(_column.last_failed_at, at),
                state=LetterState.OPEN.value,
            )
        )

    async def remove(self, letter: DeadLetterId) -> None:
        """See the port."""
        await self._connection.execute(delete(dead_letters).where(_column.id == letter))


def _letter(row: Row[Any]) -> DeadLetter:
    return DeadLetter(
        DeadLetterId(row.id),
        row.group_name,
        WorkspaceId(row.workspace_id),
        Position(row.position),
        row.event_id,
        row.type,
        Failure(row.error, row.message),
        row.attempts,
        row.first_failed_at,
        row.last_failed_at,
        LetterState(row.state),
    )
