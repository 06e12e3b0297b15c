"""When the rollups are consolidated."""

from typing import Final

from shadower.application.tasks.consolidate_rollups import ConsolidateRollups
from shadower.domain.schedules.schedule import Schedule

ROLLUP_CONSOLIDATION: Final = Schedule("rollup-consolidation", "3-59/15 * * * *", ConsolidateRollups.kind)
"""
Every quarter of an hour, and so soon after each day, week and month, in any time zone, and after late events.

Nobody waits for it: answers are exact without.
"""
