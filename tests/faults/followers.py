"""Clients that listen, and after every break come back with their last position."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import httpx
from httpx_sse import SSEError, aconnect_sse
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.faults.shadower_server import ADMIN_KEY, ShadowerServer
from tests.patience import PATIENCE, eventually

HEADERS = {"X-API-Key": ADMIN_KEY}
PAUSE = 0.1


class Follower(ABC):
    """Keeps the positions of the events it is told."""

    way: ClassVar[str]

    def __init__(self, server: ShadowerServer) -> None:
        self._server = server
        self.positions: list[int] = []
        self.position = 0
        self.breaks = 0

    async def follow(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                async for message in self._messages():
                    assert message["type"] != "gap", message
                    self.positions += [item["event"]["position"] for item in message.get("items", ())]
                    if message["type"] != "close":
                        self.position = message["position"]
            except (OSError, httpx.HTTPError, SSEError, WebSocketException):
                self.breaks += 1
            await asyncio.sleep(PAUSE)

    @property
    def _query(self) -> str:
        return f"topic=events&after={self.position}"

    @abstractmethod
    def _messages(self) -> AsyncIterator[dict[str, Any]]:
        """Be told until the connection breaks."""


class SocketFollower(Follower):
    way = "websocket"

    async def _messages(self) -> AsyncIterator[dict[str, Any]]:
        url = f"ws://127.0.0.1:{self._server.port}/api/v1/live?{self._query}"
        async with connect(url, additional_headers=HEADERS, proxy=None) as socket:
            async for text in socket:
                yield json.loads(text)


class StreamFollower(Follower):
    way = "stream"

    async def _messages(self) -> AsyncIterator[dict[str, Any]]:
        url = f"{self._server.url}/api/v1/live?{self._query}"
        async with (
            httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client,
            aconnect_sse(client, "GET", url, headers=HEADERS) as source,
        ):
            async for record in source.aiter_sse():
                yield json.loads(record.data)


class PollingFollower(Follower):
    way = "poll"

    async def _messages(self) -> AsyncIterator[dict[str, Any]]:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
            while True:
                url = f"{self._server.url}/api/v1/live/poll?{self._query}&wait=2"
                answer = (await client.get(url, headers=HEADERS)).raise_for_status().json()
                for message in answer["messages"]:
                    yield message
                yield {"type": "heartbeat", "position": answer["position"]}


@asynccontextmanager
async def following(server: ShadowerServer) -> AsyncIterator[None]:
    """Some listen, one in each way; on leaving, each has been told the whole sequence, and everything once."""
    followers = [kind(server) for kind in (SocketFollower, StreamFollower, PollingFollower)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(follower.follow()) for follower in followers]
        yield
        async with server.client() as api:
            head = (await api.get("../../health")).raise_for_status().json()["store"]["position"]
        await eventually(lambda: all(follower.position >= head for follower in followers))
        for task in tasks:
            task.cancel()
    for follower in followers:
        assert follower.positions == list(range(1, head + 1)), follower.way
        assert follower.breaks > 0, follower.way
