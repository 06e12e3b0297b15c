"""
The load generator: a process of its own, so that it neither slows the server's Python nor is slowed by it.

`python -m bench.load FOLDER PORT CONNECTIONS WARM` reads `requests` (complete HTTP requests, one after the other) and
`lengths` from the folder, opens the connections, sends the first WARM requests, prints `ready`, and waits for a line on
its standard input. Then each connection sends the next request as soon as its last one is answered, until all are. What
came of it is printed as JSON. `Load` is the other side of this.
"""

import array
import asyncio
import gc
import re
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import cast

import msgspec

from bench.statistics import quantile
from shadower.entrypoints.loop import new_loop

PATIENCE = 600.0
"""Seconds after which a load is given up."""

_STATUS = slice(9, 12)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_DECIDED = re.compile(rb'"(?:stored|duplicates)": *(\d+)')
_RETRY_AFTER = re.compile(rb"\r\nretry-after: *(\d+)", re.IGNORECASE)


class Outcome(msgspec.Struct):
    """What came of a load. Times in seconds."""

    seconds: float
    requests: int
    acknowledged: int
    """
    Events answered as stored, those of the warm-up included. As duplicates, too: no event is in two requests, so these
    are of a request that was sent again.
    """
    overloaded: int
    """How often 503 was answered; the request was sent again after the time asked for."""
    p50: float
    p95: float
    p99: float
    generator_cpu: float
    """Share of the time in which the generator itself was busy: near 1, it and not the server is what was measured."""


def http_requests(path: str, port: int, key: str, bodies: Sequence[bytes]) -> list[bytes]:
    """Return the bodies as complete POST requests of JSON."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {key}\r\n"
        "content-type: application/json\r\ncontent-length: "
    ).encode()
    return [b"%b%d\r\n\r\n%b" % (head, len(body), body) for body in bodies]


@contextmanager
def load(folder: Path, port: int, connections: int, requests: Sequence[bytes], warm: int) -> Iterator["Load"]:
    """A generator with its connections open, warmed up by the first `warm` requests."""
    (folder / "requests").write_bytes(b"".join(requests))
    (folder / "lengths").write_bytes(array.array("Q", map(len, requests)).tobytes())
    command = [sys.executable, "-m", "bench.load", str(folder), str(port), str(connections), str(warm)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Load(process)
        finally:
            process.kill()


class Load:
    """A generator waiting for its cue."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        assert process.stdout is not None
        if process.stdout.readline() != b"ready\n":
            raise RuntimeError("The load generator ended before it was ready; it says why above.")

    def run(self) -> Outcome:
        """Send everything. Raises RuntimeError when an answer was neither 200 nor 503."""
        printed, _ = self._process.communicate(b"go\n", PATIENCE)
        if self._process.returncode:
            raise RuntimeError("The load generator failed; it says why above.")
        return msgspec.json.decode(printed, type=Outcome)


class Run:
    """One pass over some of the requests by all connections."""

    def __init__(self, requests: Sequence[memoryview]) -> None:
        self.waiting = iter(requests)
        self.left = len(requests)
        self.took: list[float] = []
        self.acknowledged = 0
        self.overloaded = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def answered(self, head: bytes, body: bytes, took: float) -> float | None:
        """Take note of an answer; return after how many seconds the request has to be sent again, if it has."""
        if head[_STATUS] == b"503":
            self.overloaded += 1
            again = _RETRY_AFTER.search(head)
            return float(again[1]) if again else 1.0
        if head[_STATUS] != b"200":
            self.failed(f"The server answered {head[:12]!r} {body[:500]!r}")
            return None
        self.acknowledged += sum(map(int, _DECIDED.findall(body)))
        self.took.append(took)
        self.left -= 1
        if not self.left and not self.done.done():
            self.done.set_result(None)
        return None

    def failed(self, why: str) -> None:
        """Give up."""
        if not self.done.done():
            self.done.set_exception(RuntimeError(why))


class Connection(asyncio.Protocol):
    """Keep-alive: one request in flight at a time."""

    def __init__(self) -> None:
        self._run: Run | None = None
        self._transport: asyncio.Transport | None = None
        self._request = memoryview(b"")
        self._began = 0.0
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        if self._run is not None:
            self._run.failed(f"The server closed a connection in the middle of a request ({exc}).")

    def work(self, run: Run) -> None:
        """Send requests of this run until there are none left."""
        self._run = run
        self._next()

    def data_received(self, data: bytes) -> None:
        """Called by the loop. The answer to one request is complete when its body is."""
        received = self._received = self._received + data if self._received else data
        end = received.find(b"\r\n\r\n") + 4
        length = _LENGTH.search(received, 0, end) if end > 3 else None
        if length is None or len(received) < end + int(length[1]):
            return
        self._received = b""
        assert self._run is not None
        again = self._run.answered(received[:end], received[end:], perf_counter() - self._began)
        if again is None:
            self._next()
        else:
            asyncio.get_running_loop().call_later(again, self._send)

    def _next(self) -> None:
        assert self._run is not None
        request = next(self._run.waiting, None)
        if request is None:
            self._run = None
        else:
            self._request = request
            self._send()

    def _send(self) -> None:
        assert self._transport is not None
        self._began = perf_counter()
        self._transport.write(self._request)


async def _main(folder: Path, port: int, count: int, warm: int) -> None:
    requests = _read(folder)
    loop = asyncio.get_running_loop()
    connections = [(await loop.create_connection(Connection, "127.0.0.1", port))[1] for _ in range(count)]
    warmed = await _pass(connections, requests[:warm])
    gc.freeze()
    print("ready", flush=True)
    if not await loop.run_in_executor(None, sys.stdin.readline):
        return  # whoever would have given the cue is gone
    busy = _cpu()
    began = perf_counter()
    run = await _pass(connections, requests[warm:])
    seconds = perf_counter() - began
    outcome = Outcome(
        seconds=seconds,
        requests=len(run.took),
        acknowledged=warmed.acknowledged + run.acknowledged,
        overloaded=warmed.overloaded + run.overloaded,
        p50=quantile(run.took, 0.5),
        p95=quantile(run.took, 0.95),
        p99=quantile(run.took, 0.99),
        generator_cpu=(_cpu() - busy) / seconds,
    )
    print(msgspec.json.encode(outcome).decode(), flush=True)


async def _pass(connections: Sequence[Connection], requests: Sequence[memoryview]) -> Run:
    run = Run(requests)
    if requests:
        for connection in connections:
            connection.work(run)
        await run.done
    return run


def _read(folder: Path) -> list[memoryview]:
    everything = memoryview((folder / "requests").read_bytes())
    lengths = array.array("Q")
    lengths.frombytes((folder / "lengths").read_bytes())
    found = []
    begin = 0
    for length in lengths:
        found.append(everything[begin : begin + length])
        begin += length
    return found


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_loop) as _runner:
        _runner.run(_main(Path(sys.argv[1]), *map(int, sys.argv[2:5])))
