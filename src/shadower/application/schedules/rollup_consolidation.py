"""When the rollups are consolidated."""

from typing import Final

from shadower.application.tasks.consolidate_rollups import ConsolidateRollups
from shadower.domain.schedules.schedule import Schedule

ROLLUP_CONSOLIDATION: Final = Schedule("rollup-consolidation", "3 * * * *", ConsolidateRollups.kind)
"""Every hour, and so soon after each day, week and month. Nobody waits for it: answers are exact without."""
