"""Opening a store for a program."""

from collections.abc import Generator
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any

from dependency_injector import providers

from shadower.domain.workspaces.workspace import DEFAULT_WORKSPACE, Workspace
from shadower.entrypoints.container import Container
from shadower.entrypoints.library.blocking import BlockingShadower
from shadower.entrypoints.library.client import Shadower
from shadower.entrypoints.library.thread import LoopThread
from shadower.entrypoints.lifecycle import warn, working
from shadower.entrypoints.settings import Role, Settings, Technology
from shadower.entrypoints.settings_sources import settings_for
from shadower.entrypoints.wiring import memory_cache

_ROLES = (Role.API, Role.PROCESSOR)
"""A program keeps up what it reads; jobs and schedules are for servers, which stay."""


class Opening:
    """`async with` it, or `await` it and call `close()` in the end, as notebooks like it."""

    def __init__(self, settings: Settings, workspace: str, time_zone: str | None) -> None:
        self._settings = settings
        self._workspace = workspace
        self._time_zone = time_zone
        self._opened: Shadower | None = None

    async def __aenter__(self) -> Shadower:
        self._opened = await self._open()
        return self._opened

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened is not None:
            await self._opened.close()

    def __await__(self) -> Generator[Any, None, Shadower]:
        return self._open().__await__()

    async def _open(self) -> Shadower:
        async with AsyncExitStack() as stack:
            container = Container(settings=self._settings)
            # A program that looks into a file leaves nothing beside it.
            container.cache.override(
                providers.Singleton(memory_cache.cache, container.settings, container.clock, container.chance)
            )
            await stack.enter_async_context(working(container, warn, _ROLES))
            workspace = await self._find(container)
            return Shadower(container, workspace, stack.pop_all().aclose)

    async def _find(self, container: Container) -> Workspace:
        """`default` is there always, others when they were made, here or by `shadower workspaces create`."""
        technology = self._settings.technology
        is_default = self._workspace == DEFAULT_WORKSPACE and technology is not Technology.POSTGRES
        if is_default or technology is Technology.MEMORY:
            await container.open_the_door().first_workspace(self._workspace, self._time_zone or "UTC")
        found: Workspace = await container.list_workspaces().with_slug(self._workspace)
        if self._time_zone is None or self._time_zone == found.time_zone:
            return found
        changed: Workspace = await container.change_workspace()(found.id, zone=self._time_zone)
        return changed


def open(  # noqa: A001 - `shadower.open` is how it is called
    url: str, workspace: str = DEFAULT_WORKSPACE, *, time_zone: str | None = None, statement_timeout: float = 30
) -> Opening:
    """
    Return a workspace of a store, open for the length of an `async with`.

    `url`: `sqlite:///FILE` (made and brought up to date as needed), `postgresql://…` (made ready by
    `shadower migrate`), or `memory://`, which is new and empty each time. A server may run on the same store. With
    `time_zone`, the workspace's is changed. `statement_timeout` is in seconds.

    Raises SettingsInvalid for another URL; on opening WorkspaceNotFound, StoreUnavailable, SchemaMismatch.
    """
    return Opening(_settings(url, statement_timeout), workspace, time_zone)


def connect(
    url: str, workspace: str = DEFAULT_WORKSPACE, *, time_zone: str | None = None, statement_timeout: float = 30
) -> BlockingShadower:
    """Return the same for code that does not `await`: a `with` block closes it, or `close()`. See `open`."""
    opening = Opening(_settings(url, statement_timeout), workspace, time_zone)
    thread = LoopThread()
    try:
        return BlockingShadower(thread.run(opening.__aenter__()), thread)
    except BaseException:
        thread.end()
        raise


def _settings(url: str, statement_timeout: float) -> Settings:
    settings = settings_for(database_url=url, statement_timeout=f"{statement_timeout:f}")
    if settings.technology is not Technology.POSTGRES:
        return settings
    return settings_for(database_url=url, statement_timeout=f"{statement_timeout:f}", migrate="off")
