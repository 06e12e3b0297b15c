"""The whole application in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dependency_injector import providers

from shadower.application.ports.clock import Clock
from shadower.entrypoints.container import Container
from shadower.entrypoints.lifecycle import opened
from shadower.entrypoints.settings_sources import settings_for
from shadower.testing.clock import HandClock


@asynccontextmanager
async def memory_container(clock: Clock | None = None, **settings: str) -> AsyncIterator[Container]:
    """
    Open the application on a new store in memory that holds nothing but the workspace `default`, in UTC.

    Ask it for use cases: `await container.ingest_events()(…)`. Without a clock, time stands still at NOW;
    `container.clock().move(…)` moves it. `settings` are those of the server, as text: `quarantine_limit_bytes="1000"`.
    """
    container = Container(settings=settings_for(profile="memory", **settings))
    container.clock.override(providers.Object(clock or HandClock()))
    async with opened(container):
        await container.open_the_door().default_workspace()
        yield container
        await container.group_commit().close(container.settings().shutdown_seconds)
