"""Start-up and shutdown in phases, the same for the server, the commands and the library."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from dependency_injector import providers

from shadower.application.ports.report import Report
from shadower.application.ports.store import Store
from shadower.application.run_job import LONGEST_GIVING_BACK
from shadower.domain.errors import SchemaMismatch, Unavailable
from shadower.entrypoints.container import Container
from shadower.entrypoints.roles import EVERY_ROLE, SERVICES, Role
from shadower.entrypoints.settings import Profile
from shadower.entrypoints.supervise import supervise

_MARGIN = 5.0
_log = logging.getLogger("shadower")


def warn(error: Exception) -> None:
    """Log what went wrong in the background of a command or a program, which set logging up as they like."""
    _log.warning("Shadower will try again in the background: %s", error)


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
        async with AsyncExitStack() as closing:
            closing.push_async_callback(store.close)
            for each in container.to_close():
                closing.push_async_callback(each.close)


@asynccontextmanager
async def working(container: Container, report: Report, roles: Sequence[Role] = EVERY_ROLE) -> AsyncIterator[Container]:
    """
    The container open, and at work in the background in these roles; what breaks down there is started anew.

    On leaving, jobs in hand have `shutdown_seconds` to end, then what was accepted has as long to be finished; then the
    background stops, then the store closes. Raises as `opened`.
    """
    container.report.override(providers.Object(report))
    async with opened(container):
        background = [
            asyncio.create_task(supervise(service, container, report), name=service.name)
            for role in roles
            for service in SERVICES[role]
        ]
        try:
            yield container
        finally:
            within = container.settings().shutdown_seconds
            await container.run_job().drain(within)
            await container.group_commit().close(within)
            await _stop(background)
            await _last_words(container.record_key_use().flush(), report)


def longest_end(within: float) -> float:
    """Return the seconds that leaving `working` may take, when jobs, and what was accepted, have `within` to end."""
    return 2 * within + LONGEST_GIVING_BACK + _MARGIN


@asynccontextmanager
async def running(container: Container, report: Report) -> AsyncIterator[Container]:
    """
    The container at work for callers, in the roles that the settings give it: as `working`, with a key to come in by.

    Raises as `opened`.
    """
    start = container.start()
    try:
        async with working(container, report, container.settings().roles):
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


async def _stop(background: list[asyncio.Task[None]]) -> None:
    for task in background:
        task.cancel()
    await asyncio.gather(*background, return_exceptions=True)


async def _last_words(words: Coroutine[Any, Any, None], report: Report) -> None:
    try:
        await words
    except Unavailable as error:
        report(error)
