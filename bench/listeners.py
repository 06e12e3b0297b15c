"""
Listeners: a process of its own that holds many live connections, and says when each was told.

`python -m bench.listeners PORT KEY` reads lines from its standard input and answers each with one on its output:

    open websocket 3000      connects so many more, and waits until each has been told where it begins
    tell                     sends an event and waits until everybody was told; the seconds from the answer to that

`Listeners` is the other side of this.
"""

import asyncio
import base64
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import cast

import msgspec

from bench.load import http_requests
from bench.statistics import quantile
from shadower.entrypoints.loop import new_loop

PATH = "/api/v1/live?topic=events"
AT_ONCE = 100
"""Connections opened at the same time."""
PATIENCE = 180.0

_BEGUN = b'"type":"subscribed"'


class Told(msgspec.Struct):
    """When listeners were told of an event, in seconds after its sender was answered; before, when negative."""

    p50: float
    p95: float
    most: float
    answer: float
    """Seconds until the sender was answered."""


class Listener(asyncio.Protocol):
    """One connection. It looks for a mark in what it is told, and nothing else."""

    def __init__(self, request: bytes) -> None:
        loop = asyncio.get_running_loop()
        self._request = request
        self._mark = _BEGUN
        self._received = b""
        self.told: asyncio.Future[float] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        cast("asyncio.Transport", transport).write(self._request)

    def expect(self, mark: bytes) -> None:
        """Wait for this mark next."""
        self._mark = mark
        self._received = b""
        self.told = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self._received = self._received[-len(self._mark) :] + data
        if self._mark in self._received and not self.told.done():
            self.told.set_result(perf_counter())

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        if not self.told.done():
            last = self._received[-300:]
            self.told.set_exception(RuntimeError(f"A connection ended ({exc}); the last it was told: {last!r}"))


class Sender(asyncio.Protocol):
    """Sends events, one at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.answered: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        now = perf_counter()
        if not data.startswith(b"HTTP/1.1 200"):
            self.answered.set_exception(RuntimeError(f"The event was answered {data[:300]!r}"))
        elif not self.answered.done():
            self.answered.set_result(now)


class Crowd:
    """All listeners of this process."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._key = key
        self._listeners: list[Listener] = []
        self._sent = 0

    async def open(self, kind: str, count: int) -> None:
        """Connect so many more."""
        loop = asyncio.get_running_loop()
        for start in range(0, count, AT_ONCE):
            new = [Listener(self._request(kind)) for _ in range(min(AT_ONCE, count - start))]
            for listener in new:
                await loop.create_connection(lambda one=listener: one, "127.0.0.1", self._port)  # type: ignore[misc]
            await asyncio.gather(*(listener.told for listener in new))
            self._listeners += new

    async def tell(self) -> Told:
        """Send an event, and wait until everybody was told."""
        self._sent += 1
        agent = f"agent-of-the-bench-{self._sent:06d}"
        for listener in self._listeners:
            listener.expect(agent.encode())
        event = {"type": "agent.executed", "agent_id": agent, "status": "success", "duration_ms": 840}
        body = msgspec.json.encode([event])
        (request,) = http_requests("/api/v1/events", self._port, self._key, [body])
        _, sender = await asyncio.get_running_loop().create_connection(Sender, "127.0.0.1", self._port)
        assert sender.transport is not None
        began = perf_counter()
        sender.transport.write(request)
        answered = await sender.answered
        took = [when - answered for when in await asyncio.gather(*(each.told for each in self._listeners))]
        sender.transport.close()
        return Told(quantile(took, 0.5), quantile(took, 0.95), max(took), answered - began)

    def _request(self, kind: str) -> bytes:
        lines = [f"GET {PATH} HTTP/1.1", f"host: 127.0.0.1:{self._port}", f"authorization: Bearer {self._key}"]
        if kind == "websocket":
            secret = base64.b64encode(os.urandom(16)).decode()
            lines += ["connection: Upgrade", "upgrade: websocket", "sec-websocket-version: 13"]
            lines += [f"sec-websocket-key: {secret}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"


class Listeners:
    """A crowd in a process of its own."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def open(self, kind: str, count: int) -> None:
        """Connect so many more `websocket` or `stream`."""
        if count:
            self._ask(f"open {kind} {count}")

    def tell(self) -> Told:
        """Send an event, and say when everybody was told."""
        return msgspec.json.decode(self._ask("tell"), type=Told)

    def _ask(self, words: str) -> bytes:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(words.encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The listeners ended; they say why above.")
        return line


@contextmanager
def listeners(port: int, key: str) -> Iterator[Listeners]:
    """A crowd of nobody yet."""
    command = [sys.executable, "-m", "bench.listeners", str(port), key]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Listeners(process)
        finally:
            process.kill()


async def _main(port: int, key: str) -> None:
    crowd = Crowd(port, key)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        async with asyncio.timeout(PATIENCE):
            print(await _answer(crowd, line.split()), flush=True)


async def _answer(crowd: Crowd, words: Sequence[str]) -> str:
    if words[0] == "open":
        await crowd.open(words[1], int(words[2]))
        return "open"
    return msgspec.json.encode(await crowd.tell()).decode()


if __name__ == "__main__":
    _soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_hard, _hard))
    with asyncio.Runner(loop_factory=new_loop) as _runner:
        _runner.run(_main(int(sys.argv[1]), sys.argv[2]))
