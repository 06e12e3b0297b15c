"""The demo's past: told once, and from where it stopped."""

from datetime import UTC, datetime

import pytest

from shadower.domain.events.moments import micros_of
from shadower.entrypoints.container import Container
from shadower.entrypoints.demo import past
from shadower.entrypoints.demo.cast import FINANCE
from shadower.entrypoints.demo.past import Past
from shadower.entrypoints.demo.simulation import Simulation
from shadower.testing import HandClock, memory_container

BORN = micros_of(datetime(2026, 3, 4, 15, tzinfo=UTC))
DAYS = 5


async def a_past(container: Container) -> Past:
    """Return the past as somebody finds it who starts the demo (again)."""
    workspace = await container.list_workspaces().with_slug(FINANCE.slug)
    found = Past(container, workspace, Simulation(FINANCE, workspace.created_at))
    await found.catch_up(BORN)
    return found


async def test_a_demo_that_was_stopped_knows_whether_some_of_its_past_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(past, "DAYS", DAYS)
    async with memory_container(HandClock(BORN)) as container:
        await container.create_workspace()(FINANCE.slug, zone=FINANCE.zone)
        first = await a_past(container)
        await first.tell_days(2)
        assert first.has_gaps
        stopped = await a_past(container)
        assert stopped.has_gaps
        await stopped.tell_days(DAYS)
        assert not stopped.has_gaps
        assert not (await a_past(container)).has_gaps
