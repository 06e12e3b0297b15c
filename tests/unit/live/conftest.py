"""The live side at work on a store in memory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest

from shadower.application.authenticate import Credential, credential_of
from shadower.application.known_callers import Caller
from shadower.application.live.listener import Listener
from shadower.application.live.live import Live
from shadower.application.live.messages import Message, Subscribed, Welcome
from shadower.application.live.subscriptions import AnswerSubscription, EventSubscription, Subscription
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.events.filters import one_of
from shadower.domain.keys.key import KeyId, Scope
from shadower.domain.live.seats import Transport
from shadower.entrypoints.container import Container
from shadower.testing import a_batch, an_event, memory_container
from tests.unit.live.telling import positions_in

WITHIN = 5.0
"""Seconds for what should come at once."""


@dataclass
class Ear:
    """Somebody who listens, and keeps what was heard."""

    listener: Listener
    _messages: AsyncIterator[Message] = field(init=False)
    heard: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._messages = self.listener.messages()

    async def next(self, within: float = WITHIN) -> Message:
        """The next message that tells something."""
        async with asyncio.timeout(within):
            async for message in self._messages:
                if not isinstance(message, Welcome | Subscribed):
                    self.heard.append(message)
                    return message
        raise EOFError

    async def until(self, position: int) -> list[int]:
        """Listen until the event at this position was told; return the positions of all events heard so far."""
        while position not in positions_in(self.heard):
            await self.next()
        return positions_in(self.heard)


@dataclass
class Scene:
    """The live side, a log, and who listens."""

    container: Container
    live: Live
    stack: AsyncExitStack
    reported: list[Exception]
    good: Credential
    """Of a key that is not revoked."""
    _keys: int = 0

    async def append(self, *agents: str, workspace: int = 1) -> Position:
        """Let events of these agents come in; return the head."""
        events = [an_event(agent_id=agent) for agent in agents or ("pricing",)]
        await self.container.log().append([a_batch(*events, workspace=workspace)])
        return Position(await self.container.log().head())

    async def listen(
        self,
        *subscriptions: Subscription,
        after: int | None = None,
        workspace: int = 1,
        key: int | None = None,
        credential: Credential | None = None,
    ) -> Ear:
        """Connect, with a key of its own if it does not matter which."""
        self._keys += 1
        caller = Caller(WorkspaceId(workspace), KeyId(key or 1_000 + self._keys), frozenset({Scope.READ}))
        where = None if after is None else Position(after)
        connected = self.live.connected(
            caller, credential or self.good, Transport.STREAM, subscriptions or [events()], where
        )
        return Ear(await self.stack.enter_async_context(connected))


def events(name: str = "events", **equal: str) -> EventSubscription:
    return EventSubscription(name, "events", frozenset((field, one_of(value)) for field, value in equal.items()))


def asking(
    ask: Callable[[], Awaitable[bytes]], *, name: str = "numbers", every: float = 0.05, moves_with: int | None = None
) -> AnswerSubscription:
    return AnswerSubscription(
        name, "metrics", id(ask), ask, every, None if moves_with is None else WorkspaceId(moves_with)
    )


@pytest.fixture
def overrides() -> dict[str, str]:
    """Settings that differ; a test may have its own."""
    return {}


@pytest.fixture
async def scene(overrides: dict[str, str]) -> AsyncIterator[Scene]:
    async with memory_container(None, **overrides) as container:
        reported: list[Exception] = []
        live = container.live()
        _, key = await container.issue_key()(WorkspaceId(1), "a listener", [Scope.READ])
        serving = asyncio.create_task(live(reported.append))
        async with AsyncExitStack() as stack:
            yield Scene(container, live, stack, reported, credential_of(key))
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
