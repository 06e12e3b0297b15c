"""When the store is looked after."""

from typing import Final

from shadower.application.tasks.keep_store import KeepStore
from shadower.domain.schedules.schedule import Schedule

STORE_UPKEEP: Final = Schedule("store-upkeep", "7 * * * *", KeepStore.kind)
"""Every hour, at a minute nobody else likes; partitions are made weeks ahead."""
