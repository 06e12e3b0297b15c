"""A fresh event bus of each kind, for the suites that must hold over all of them."""

from collections.abc import AsyncIterator, Mapping

import pytest

from shadower.application.ports.event_bus import EventBus
from shadower.domain.bus.group import GroupPlace
from shadower.domain.events.event import Position
from shadower.entrypoints.wiring.in_process_bus import memory_bus
from shadower.entrypoints.wiring.redis_bus import redis_bus

BUSES = ["memory", pytest.param("redis", marks=pytest.mark.redis)]

LIMIT_BYTES = 200_000
"""So that a test can fill it."""


def a_place(acknowledged: int, incarnation: int = 1) -> GroupPlace:
    return GroupPlace(Position(acknowledged), incarnation)


def places(**acknowledged: int) -> Mapping[str, GroupPlace]:
    """Return where groups are."""
    return {group: a_place(position) for group, position in acknowledged.items()}


@pytest.fixture(params=BUSES)
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[EventBus]:
    """A bus that has never held anything."""
    made = (
        memory_bus(LIMIT_BYTES)
        if request.param == "memory"
        else redis_bus(request.getfixturevalue("redis_url"), LIMIT_BYTES)
    )
    yield made
    await made.close()
