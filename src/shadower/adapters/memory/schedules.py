"""What schedules have done, in memory."""

from collections.abc import Collection, Mapping, Sequence

from shadower.adapters.memory.views import Views
from shadower.application.ports.schedules import Schedules, Slot, SlotTaken, Whose
from shadower.domain.events.event import WorkspaceId


class MemorySchedules(Schedules):
    """Marks by schedule, slots by schedule and moment."""

    def __init__(self, views: Views) -> None:
        self._marks = views.schedule_marks
        self._slots = views.schedule_slots

    async def marks(self) -> Mapping[Whose, int]:
        return dict(self._marks.newest_first())

    async def lock(self, whose: Whose, since: int) -> int:
        found = await self._marks.lock(whose)
        if found is None:
            self._marks.put(whose, (whose, since))
            return since
        return found[1]

    async def move(self, whose: Whose, to: int) -> None:
        found = await self._marks.lock(whose)
        if found is not None and found[1] < to:
            self._marks.put(whose, (whose, to))

    async def taken(self, whose: Whose, start: int) -> Collection[int]:
        return {
            slot.at
            for slot in self._slots.newest_first()
            if (slot.schedule, slot.workspace) == whose and slot.at >= start
        }

    async def add(self, slot: Slot) -> None:
        key = (slot.schedule, slot.workspace, slot.at)
        if await self._slots.lock(key) is not None:
            raise SlotTaken(f"The schedule {slot.schedule} has been run for this moment already.")
        self._slots.put(key, slot)

    async def latest(self, workspace: WorkspaceId) -> Sequence[Slot]:
        found: dict[str, Slot] = {}
        for slot in self._slots.newest_first():
            if slot.workspace in {workspace, None} and (
                slot.schedule not in found or found[slot.schedule].at < slot.at
            ):
                found[slot.schedule] = slot
        return [found[name] for name in sorted(found)]

    async def clear(self, before: int) -> None:
        """Remove the slots before then (micros)."""
        for slot in [slot for slot in self._slots.newest_first() if slot.at < before]:
            key = (slot.schedule, slot.workspace, slot.at)
            await self._slots.lock(key)
            self._slots.remove(key)
