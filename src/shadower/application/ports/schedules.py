"""What schedules have done, as units of work see it."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shadower.domain.errors import Conflict
from shadower.domain.events.event import WorkspaceId
from shadower.domain.jobs.job import JobId

Whose = tuple[str, WorkspaceId | None]
"""A schedule, and the workspace whose clock it goes by; None for those of the system."""


class SlotTaken(Conflict):
    """The slot has its run already."""

    code = "slot_taken"


@dataclass(frozen=True, slots=True)
class Slot:
    """One moment at which a schedule was due, and the job that it made."""

    schedule: str
    workspace: WorkspaceId | None
    at: int
    """Micros."""
    job: JobId


class Schedules(Protocol):
    """How far each schedule is decided, and the slots that were run."""

    @abstractmethod
    async def marks(self) -> Mapping[Whose, int]:
        """Return up to which instant each schedule is decided; one that was never looked at has none."""

    @abstractmethod
    async def lock(self, whose: Whose, since: int) -> int:
        """
        Return up to which instant it is decided, locked until the unit of work ends.

        One that was never looked at is decided up to `since` from now on.
        """

    @abstractmethod
    async def move(self, whose: Whose, to: int) -> None:
        """Write down up to which instant it is decided; this unit of work has locked it. Never moves back."""

    @abstractmethod
    async def taken(self, whose: Whose, start: int) -> Collection[int]:
        """Return the moments of its slots that were run, from `start` on."""

    @abstractmethod
    async def add(self, slot: Slot) -> None:
        """Raises SlotTaken at once, never at commit, where the slot is there: each is run once."""

    @abstractmethod
    async def latest(self, workspace: WorkspaceId) -> Sequence[Slot]:
        """Return the latest slot of each schedule of this workspace and of the system, by the schedule's name."""
