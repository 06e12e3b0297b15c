"""A real server on a real socket, in this process."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from shadower.domain.keys.key import Scope
from shadower.entrypoints.container import Container
from shadower.entrypoints.http.app import create_app
from shadower.entrypoints.logging import granian_logging
from shadower.entrypoints.settings_sources import settings_for
from tests.http.conftest import ADMIN_KEY, new_key


@dataclass
class Listening:
    port: int
    api: httpx.AsyncClient
    container: Container
    server: Server

    async def talk(self, *pieces: bytes, end: bool = False, pause: float = 0.02, within: float = 5.0) -> bytes:
        """Send the pieces one by one and return the answer; `end` closes our side after the last."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
            if end:
                writer.write_eof()
            async with asyncio.timeout(within):
                return await reader.read(65_536)
        finally:
            writer.close()

    async def stored(self) -> int:
        return int((await self.api.get("/api/v1/events/statistics")).json()["events"])

    async def key(self, *scopes: Scope, workspace: str = "default") -> str:
        """Make a key; the workspace too when it is not there yet."""
        return await new_key(self.container, *scopes, workspace=workspace)


@asynccontextmanager
async def serving(**overrides: str) -> AsyncIterator[Listening]:
    """The application on a store in memory, served until the end of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    container = Container(settings=settings_for(profile="memory", bootstrap_key=ADMIN_KEY, **overrides))
    server = Server(
        create_app(container),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        websockets=True,
        backlog=2048,
        backpressure=4096,
        log_level=LogLevels.error,
        log_dictconfig=granian_logging(),
    )
    serving = asyncio.create_task(server.serve())
    url, headers = f"http://127.0.0.1:{port}", {"x-api-key": ADMIN_KEY}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as api:
        await until_ready(api)
        yield Listening(port, api, container, server)
    await container.live().close()
    server.stop()
    await serving


async def until_ready(api: httpx.AsyncClient) -> None:
    for _ in range(500):
        try:
            if (await api.get("/ready")).status_code == 200:
                return
        except httpx.ConnectError:
            pass
        await asyncio.sleep(0.01)
    raise TimeoutError
