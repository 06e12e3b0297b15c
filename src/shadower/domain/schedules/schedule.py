"""
A schedule: which task is due when, and what becomes of moments that were missed.

A slot is a moment at which a schedule is due, an instant in micros. Which moments these are, the port `Cron` says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from shadower.domain.errors import Invalid, NotFound
from shadower.domain.events.moments import MINUTE
from shadower.domain.jobs.job import Priority

PUNCTUAL: Final = MINUTE
"""A slot found this long (micros) after its moment is not yet a missed one."""


class CronInvalid(Invalid):
    """The expression names no moments."""

    code = "cron_invalid"


class ScheduleNotFound(NotFound):
    """There is no schedule of this name."""

    code = "schedule_not_found"


class Missed(StrEnum):
    """What becomes of slots that came while nobody looked."""

    SKIP = "skip"
    """Nothing."""
    LAST = "last"
    """The last of them is run, late."""
    ALL = "all"
    """Each is run, late, in order."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is done when. Its name is for good: what was done before is known by it."""

    name: str
    cron: str
    """Minute, hour, day of the month, month, day of the week."""
    kind: str
    """Of the task."""
    missed: Missed = Missed.LAST
    each_workspace: bool = False
    """One job for each workspace, by the workspace's own clock; otherwise one for the system, by UTC."""
    payload: Mapping[str, object] = field(default_factory=dict)
    """The job's, to which `slot` is added."""
    priority: Priority = Priority.NORMAL

    def to_run(self, slots: Sequence[int], now: int) -> Sequence[int]:
        """Return which of the slots that have come by now, in order, are run."""
        match self.missed:
            case Missed.SKIP:
                return [slot for slot in slots if now - slot <= PUNCTUAL]
            case Missed.LAST:
                return slots[-1:]
            case Missed.ALL:
                return slots
