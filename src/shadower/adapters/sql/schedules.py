"""What schedules have done, in SQL."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.owners import SYSTEM, owner, workspace_of
from shadower.adapters.sql.schema import schedule_marks, schedule_slots
from shadower.adapters.sql.upsert import insert_into
from shadower.application.ports.schedules import Schedules, Slot, SlotTaken, Whose
from shadower.domain.events.event import WorkspaceId
from shadower.domain.jobs.job import JobId


class SqlSchedules(Schedules):
    """Rows of `schedule_marks` and `schedule_slots`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def marks(self) -> Mapping[Whose, int]:
        """See the port."""
        rows = (await self._connection.execute(select(schedule_marks))).all()
        return {(row.schedule, workspace_of(row.workspace_id)): row.decided_until for row in rows}

    async def lock(self, whose: Whose, since: int) -> int:
        """See the port."""
        name, workspace = whose
        first = insert_into(self._connection, schedule_marks).values(
            schedule=name, workspace_id=owner(workspace), decided_until=since
        )
        await self._connection.execute(first.on_conflict_do_nothing())
        found = await self._connection.scalar(
            select(schedule_marks.c.decided_until)
            .where(schedule_marks.c.schedule == name, schedule_marks.c.workspace_id == owner(workspace))
            .with_for_update()
        )
        return int(found or 0)

    async def move(self, whose: Whose, to: int) -> None:
        """See the port."""
        name, workspace = whose
        mark = schedule_marks.c
        await self._connection.execute(
            update(schedule_marks)
            .where(mark.schedule == name, mark.workspace_id == owner(workspace), mark.decided_until < to)
            .values(decided_until=to)
        )

    async def taken(self, whose: Whose, start: int) -> Collection[int]:
        """See the port."""
        name, workspace = whose
        slot = schedule_slots.c
        statement = select(slot.slot).where(
            slot.schedule == name, slot.workspace_id == owner(workspace), slot.slot >= start
        )
        return set((await self._connection.scalars(statement)).all())

    async def add(self, slot: Slot) -> None:
        """See the port."""
        statement = insert_into(self._connection, schedule_slots).values(
            schedule=slot.schedule, workspace_id=owner(slot.workspace), slot=slot.at, job_id=slot.job
        )
        # A failed INSERT would abort the whole transaction; a skipped one does not.
        added = await self._connection.scalar(statement.on_conflict_do_nothing().returning(schedule_slots.c.slot))
        if added is None:
            raise SlotTaken(f"The schedule {slot.schedule} has been run for this moment already.")

    async def latest(self, workspace: WorkspaceId) -> Sequence[Slot]:
        """See the port."""
        slot = schedule_slots.c
        last = (
            select(slot.schedule, slot.workspace_id, func.max(slot.slot))
            .where(slot.workspace_id.in_((workspace, SYSTEM)))
            .group_by(slot.schedule, slot.workspace_id)
        )
        statement = select(schedule_slots).where(tuple_(slot.schedule, slot.workspace_id, slot.slot).in_(last))
        rows = (await self._connection.execute(statement.order_by(slot.schedule))).all()
        return [Slot(row.schedule, workspace_of(row.workspace_id), row.slot, JobId(row.job_id)) for row in rows]
