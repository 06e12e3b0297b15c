"""What is opened is closed, whatever happens."""

import pytest

from shadower.application.ports.event_bus import BusUnavailable
from shadower.entrypoints.container import Container
from shadower.entrypoints.lifecycle import opened
from shadower.entrypoints.settings_sources import settings_for


class Noting:
    """Writes down that it was closed, and fails at it if told to."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.closed = False
        self._fault = fault

    async def close(self) -> None:
        self.closed = True
        if self._fault is not None:
            raise self._fault


async def test_what_nobody_needed_is_not_made_to_be_closed() -> None:
    container = Container(settings=settings_for(profile="memory", redis_url="redis://127.0.0.1:1"))
    async with opened(container):
        pass
    assert container.to_close() == []


async def test_what_was_made_is_closed() -> None:
    container = Container(settings=settings_for(profile="memory"))
    assert container.to_close() == []
    made = [container.bus(), container.cache()]
    assert container.to_close() == made


async def test_what_fails_to_close_leaves_nothing_else_open() -> None:
    container = Container(settings=settings_for(profile="memory"))
    others = [Noting(), Noting(BusUnavailable("Gone.")), Noting()]
    container.to_close().extend(others)
    with pytest.raises(BusUnavailable):
        async with opened(container):
            pass
    assert [each.closed for each in others] == [True, True, True]
    assert not (await container.store().health()).reachable
