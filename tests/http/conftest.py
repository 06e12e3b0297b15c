"""The whole application in memory, asked over HTTP without a socket."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
from dependency_injector import providers
from litestar import Litestar

from shadower.application.ports.report import Report
from shadower.application.tell_acts import TellActs
from shadower.domain.bus.dead_letter import UnhandledEvent
from shadower.domain.keys.key import Scope
from shadower.domain.workspaces.workspace import WorkspaceAlreadyExists
from shadower.entrypoints.container import Container
from shadower.entrypoints.http.app import create_app
from shadower.entrypoints.settings_sources import settings_for
from shadower.testing import HandClock

ADMIN_KEY = "shd_the-first-admin-key-of-these-tests-0001"
OLD_EVENT = {"type": "agent.executed", "occurred_at": "2026-01-31T09:30:00Z"}


class Life:
    """Begins and ends an application's life in one task, as a server does."""

    def __init__(self, app: Litestar) -> None:
        self._app = app
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._run())
        await self._say("lifespan.startup")

    async def __aexit__(self, *_: object) -> None:
        await self._say("lifespan.shutdown")
        await self._task

    async def _run(self) -> None:
        scope: Any = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        await self._app(scope, self._to_app.get, self._from_app.put)

    async def _say(self, what: str) -> None:
        await self._to_app.put({"type": what})
        answer = await self._from_app.get()
        assert answer["type"] == f"{what}.complete", answer


class TellActsWhenAsked(TellActs):
    """Tells nothing by itself, so that a log holds what a test has put there; `flush` tells."""

    async def __call__(self, report: Report) -> None:
        """Do nothing."""


async def new_key(container: Container, *scopes: Scope, workspace: str) -> str:
    with suppress(WorkspaceAlreadyExists):
        await container.create_workspace()(workspace)
    found = await container.list_workspaces().with_slug(workspace)
    _, text = await container.issue_key()(found.id, "a test", scopes)
    return str(text)


@dataclass
class Service:
    """The application at work, and ways to call it."""

    app: Litestar
    container: Container
    clock: HandClock
    stack: AsyncExitStack

    async def key(self, *scopes: Scope, workspace: str = "default") -> str:
        """Make a key; the workspace too when it is not there yet."""
        return await new_key(self.container, *scopes, workspace=workspace)

    async def keep(self, *events: UnhandledEvent) -> None:
        """Make these dead letters."""
        async with self.container.begin()() as work:
            for event in events:
                await work.dead_letters.keep(event, self.clock.now())
            await work.commit()

    async def caller(
        self, key: str | None = ADMIN_KEY, *, peer: str = "203.0.113.7", headers: Mapping[str, str] | None = None
    ) -> httpx.AsyncClient:
        """Return a client with this key."""
        given = {} if key is None else {"authorization": f"Bearer {key}"}
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, client=(peer, 40_000)),  # type: ignore[arg-type]
            base_url="http://shadower.test",
            headers=given | dict(headers or {}),
        )
        return await self.stack.enter_async_context(client)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def overrides() -> dict[str, str]:
    """Settings that differ; a module may have its own."""
    return {}


@asynccontextmanager
async def at_work(clock: HandClock, **overrides: str) -> AsyncIterator[Service]:
    """A new application with an empty store."""
    container = Container(settings=settings_for(profile="memory", bootstrap_key=ADMIN_KEY, **overrides))
    container.clock.override(providers.Object(clock))
    container.tell_acts.override(providers.Singleton(TellActsWhenAsked, container.begin, container.ingest_events))
    app = create_app(container)
    async with AsyncExitStack() as stack, Life(app):
        yield Service(app, container, clock, stack)


@pytest_asyncio.fixture
async def service(clock: HandClock, overrides: dict[str, str]) -> AsyncIterator[Service]:
    async with at_work(clock, **overrides) as service:
        yield service


shared = pytest.mark.asyncio(loop_scope="module")
"""For tests that ask for what is shared, which lives as long as their module."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_service() -> AsyncIterator[Service]:
    """For tests that change nothing: making an application for each would take most of their time."""
    async with at_work(HandClock()) as service:
        yield service


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_api(shared_service: Service) -> httpx.AsyncClient:
    """A client that may do everything, for tests that change nothing."""
    return await shared_service.caller()


@pytest_asyncio.fixture
async def api(service: Service) -> httpx.AsyncClient:
    """A client that may do everything in the workspace `default`."""
    return await service.caller()
