"""Regular upkeep of the store and of its rollups."""

import asyncio
from collections.abc import Callable
from typing import Final

from shadower.application.ports.store import Rollups, Store

KEEP_EVERY: Final = 600.0
"""Seconds between rounds."""
CONSOLIDATE_EVERY: Final = 300.0
"""Seconds between looks for days, weeks and months that are over and not yet added up."""
_SPANS_AT_A_TIME: Final = 5


async def keep_store(store: Store, report: Callable[[Exception], None]) -> None:
    """Run until cancelled; what goes wrong is told to `report` and tried again."""
    while True:
        try:
            await store.keep()
        except Exception as error:  # noqa: BLE001 - reported; upkeep must not end for good, or partitions run out
            report(error)
        await asyncio.sleep(KEEP_EVERY)


async def consolidate_rollups(rollups: Rollups, report: Callable[[Exception], None]) -> None:
    """Run until cancelled, a few spans at a time; what goes wrong is told to `report` and tried again."""
    while True:
        done = 0
        try:
            done = await rollups.consolidate(_SPANS_AT_A_TIME)
        except Exception as error:  # noqa: BLE001 - reported; answers are the same without
            report(error)
        await asyncio.sleep(1.0 if done else CONSOLIDATE_EVERY)
