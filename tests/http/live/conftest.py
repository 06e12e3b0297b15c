"""A real server, and three ways to be told by it, with client libraries that are not ours."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from httpx_sse import ServerSentEvent, aconnect_sse
from websockets.asyncio.client import ClientConnection, connect

from tests.http.conftest import ADMIN_KEY
from tests.http.served import Listening, serving
from tests.patience import eventually

LIVE = "/api/v1/live"
WITHIN = 30.0
"""Seconds for what should come at once, however busy the machine is."""
ABOUT_THE_CONNECTION = {"welcome", "subscribed"}


@pytest.fixture
def overrides() -> dict[str, str]:
    """Settings that differ; a test may have its own."""
    return {}


@pytest_asyncio.fixture
async def listening(overrides: dict[str, str]) -> AsyncIterator[Listening]:
    async with serving(**overrides) as listening:
        yield listening


async def send(listening: Listening, *agents: str, key: str = ADMIN_KEY) -> None:
    events = [{"type": "agent.executed", "agent_id": agent, "status": "success"} for agent in agents]
    answer = await listening.api.post("/api/v1/events", json=events, headers={"x-api-key": key})
    assert answer.json()["stored"] == len(agents), answer.text


@dataclass
class Heard:
    """What one connection was told."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def agents(self) -> list[str]:
        return [item["event"]["agent_id"] for each in self.messages for item in each.get("items", ())]

    @property
    def positions(self) -> list[int]:
        return [item["event"]["position"] for each in self.messages for item in each.get("items", ())]


class Socket(Heard):
    """A WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__()
        self.connection = connection

    async def next(self) -> dict[str, Any]:
        """The next message about anything but the connection."""
        while True:
            async with asyncio.timeout(WITHIN):
                message = json.loads(await self.connection.recv())
            self.messages.append(message)
            if message["type"] not in ABOUT_THE_CONNECTION:
                return dict(message)

    async def say(self, **message: Any) -> None:  # noqa: ANN401 - JSON
        await self.connection.send(json.dumps(message))


class Stream(Heard):
    """An event stream."""

    def __init__(self, records: AsyncIterator[ServerSentEvent]) -> None:
        super().__init__()
        self._records = records
        self.last_id = ""

    async def next(self) -> dict[str, Any]:
        """The next message about anything but the connection."""
        while True:
            async with asyncio.timeout(WITHIN):
                record = await anext(self._records)
            message = json.loads(record.data)
            assert record.event == message["type"]
            if record.event != "close":
                assert record.id == str(message["position"])
                self.last_id = record.id
            self.messages.append(message)
            if record.event not in ABOUT_THE_CONNECTION:
                return dict(message)


def query(parameters: Mapping[str, Any]) -> str:
    return f"?{urlencode(parameters, doseq=True)}" if parameters else ""


@asynccontextmanager
async def socket(
    listening: Listening,
    headers: Mapping[str, str] | None = None,
    **parameters: Any,  # noqa: ANN401 - a query
) -> AsyncIterator[Socket]:
    url = f"ws://127.0.0.1:{listening.port}{LIVE}{query(parameters)}"
    given = {"x-api-key": ADMIN_KEY} if headers is None else headers
    async with connect(url, additional_headers=given, proxy=None) as connection:
        yield Socket(connection)


@asynccontextmanager
async def stream(
    listening: Listening,
    headers: Mapping[str, str] | None = None,
    **parameters: Any,  # noqa: ANN401 - a query
) -> AsyncIterator[Stream]:
    url = f"http://127.0.0.1:{listening.port}{LIVE}{query(parameters)}"
    given = {"x-api-key": ADMIN_KEY} if headers is None else headers
    async with httpx.AsyncClient(timeout=60) as client, aconnect_sse(client, "GET", url, headers=given) as source:
        assert source.response.status_code == 200, source.response.status_code
        yield Stream(source.aiter_sse())


async def poll(listening: Listening, **parameters: Any) -> Any:  # noqa: ANN401 - a query and JSON
    answer = await listening.api.get(f"{LIVE}/poll{query(parameters)}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def until_taken(listening: Listening, many: int) -> None:
    """Return as soon as so many seats are taken."""
    await eventually(lambda: listening.container.seats()._taken.total() == many, every=0.01)
