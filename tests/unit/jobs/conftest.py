"""Jobs on the store in memory."""

from collections.abc import AsyncIterator

import pytest

from shadower.testing import HandClock
from tests.stores import OpenStore, memory_bundle, opened


@pytest.fixture
async def store() -> AsyncIterator[OpenStore]:
    """A new store in memory with the empty workspace 1."""
    async with opened("memory", memory_bundle) as store:
        assert isinstance(store.clock, HandClock)
        yield store
