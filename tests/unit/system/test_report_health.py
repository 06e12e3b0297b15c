"""An outage is an answer too."""

import pytest

from shadower.adapters.memory.projections import MemoryProjections
from shadower.application.report_health import Condition
from shadower.domain.errors import StoreUnavailable
from shadower.testing import memory_container


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (StoreUnavailable("The store is away."), "The store is away."),
        (LookupError("SELECT secret FROM elsewhere"), "The store cannot be read (LookupError)."),
    ],
)
async def test_a_store_that_cannot_be_read_is_down_whatever_the_reason(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise error

    async with memory_container() as container:
        monkeypatch.setattr(MemoryProjections, "statuses", fail)
        health = await container.report_health()()
    assert (health.condition, health.store.detail) == (Condition.DOWN, told)
