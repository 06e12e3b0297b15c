"""A workspace in memory that can be asked about its metrics."""

from collections.abc import AsyncIterator

import pytest

from shadower.adapters.memory.store import MemoryStore
from shadower.domain.workspaces.workspace import Weekday
from shadower.testing import HandClock
from tests.metric_asker import Asker


@pytest.fixture
async def ask() -> AsyncIterator[Asker]:
    clock = HandClock()
    store = MemoryStore(clock)
    await store.open()
    async with store.begin() as work:
        workspace = await work.workspaces.add("default", "Default", "UTC", Weekday.MONDAY, clock.now())
        await work.commit()
    yield Asker(store, clock, workspace.id)
    await store.close()
