"""The store's regular upkeep."""

import asyncio
from collections.abc import Callable
from typing import Final

from shadower.application.ports.store import Store

KEEP_EVERY: Final = 600.0
"""Seconds between rounds."""


async def keep_store(store: Store, report: Callable[[Exception], None]) -> None:
    """Run until cancelled; what goes wrong is told to `report` and tried again."""
    while True:
        try:
            await store.keep()
        except Exception as error:  # noqa: BLE001 - reported; upkeep must not end for good, or partitions run out
            report(error)
        await asyncio.sleep(KEEP_EVERY)
