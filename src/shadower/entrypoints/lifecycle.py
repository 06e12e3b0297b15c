"""Start-up and shutdown in phases, the same for the server, the commands and the library."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from shadower.application.ports.store import Store
from shadower.domain.errors import SchemaMismatch, Unavailable
from shadower.entrypoints.container import Container
from shadower.entrypoints.settings import Profile

Report = Callable[[Exception], None]
"""Told of what went wrong in the background; it is tried again in any case."""

KEEP_EVERY = 600.0
"""Seconds between rounds of the store's upkeep."""


@asynccontextmanager
async def opened(container: Container) -> AsyncIterator[Container]:
    """
    The container with its store open and of the right schema.

    Raises StoreUnavailable; SchemaMismatch when the schema is another and the settings forbid to migrate.
    """
    store = container.store()
    try:
        await _open(store, migrate=container.settings().migrate)
        yield container
    finally:
        await store.close()


@asynccontextmanager
async def working(container: Container, report: Report) -> AsyncIterator[Container]:
    """
    The container open, and at work in the background.

    On leaving, what was accepted is finished within `shutdown_seconds`, then the background stops, then the store
    closes. Raises as `opened`.
    """
    async with opened(container):
        background = [
            asyncio.create_task(work, name=name)
            for name, work in (
                ("project-log", container.project_log(report)()),
                ("record-key-use", container.record_key_use()(report)),
                ("keep-store", _keep(container.store(), report)),
            )
        ]
        try:
            yield container
        finally:
            await container.group_commit().close(container.settings().shutdown_seconds)
            await _stop(background)
            await _last_words(container.record_key_use().flush(), report)


@asynccontextmanager
async def running(container: Container, report: Report) -> AsyncIterator[Container]:
    """The container at work for callers: as `working`, with a key to come in by. Raises as `opened`."""
    start = container.start()
    try:
        async with working(container, report):
            start.first_key = await _first_key(container)
            start.ready.set()
            yield container
    except Exception as error:
        start.failure = error
        raise


async def _first_key(container: Container) -> str | None:
    """In production nobody prints keys: there the bootstrap key or `shadower keys create` lets people in."""
    settings = container.settings()
    quiet = settings.profile is Profile.PRODUCTION or not container.wants_first_key()
    if quiet and settings.bootstrap_key is None:
        return None
    made: str | None = await container.open_the_door()(settings.bootstrap_key)
    return made


async def _open(store: Store, *, migrate: bool) -> None:
    try:
        await store.open()
    except SchemaMismatch:
        if not migrate:
            raise
        await store.migrate()
        await store.open()


async def _keep(store: Store, report: Report) -> None:
    while True:
        try:
            await store.keep()
        except Exception as error:  # noqa: BLE001 - reported; upkeep must not end for good, or partitions run out
            report(error)
        await asyncio.sleep(KEEP_EVERY)


async def _stop(background: list[asyncio.Task[None]]) -> None:
    for task in background:
        task.cancel()
    await asyncio.gather(*background, return_exceptions=True)


async def _last_words(words: Coroutine[Any, Any, None], report: Report) -> None:
    try:
        await words
    except Unavailable as error:
        report(error)
