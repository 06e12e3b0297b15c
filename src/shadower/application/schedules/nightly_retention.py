"""When events past their term are removed."""

from typing import Final

from shadower.application.tasks.remove_old_events import RemoveOldEvents
from shadower.domain.jobs.job import Priority
from shadower.domain.schedules.schedule import Schedule

NIGHTLY_RETENTION: Final = Schedule("retention", "0 2 * * *", RemoveOldEvents.kind, priority=Priority.LOW)
"""At 02:00 UTC, as the settings page promises; late, when nothing ran then."""
