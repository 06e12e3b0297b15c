"""Processes that run projections and can be killed or frozen, and what they deliver to."""

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Lock, Thread
from typing import Any, ClassVar

from tests.faults.projection_process import READY, RECEIVER
from tests.faults.shadower_server import ShadowerServer
from tests.servers.server import Server

ROOT = Path(__file__).parents[2]


class ProjectionRunner(Server):
    """A process with the role metrics-processor on the store of a server."""

    name: ClassVar[str] = "runner"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, server: ShadowerServer, receiver: str) -> None:
        super().__init__()
        self._server = server
        self._receiver = receiver

    def freeze(self) -> None:
        """Take the processor away from it, as a stalled machine would."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def _command(self) -> Sequence[str | Path]:
        own = {RECEIVER: self._receiver, READY: self._ready, "PYTHONPATH": ROOT}
        given = [f"{name}={value}" for name, value in own.items()]
        environment, python = self._server.command()[:-3], [sys.executable, "-m", "tests.faults.projection_process"]
        return [*environment, *given, *python]

    def _answers(self) -> bool:
        return Path(f"{self._ready}-{self.pid}").exists()

    @property
    def _ready(self) -> Path:
        return self.home / "ready"


class Receiver:
    """What a projection delivers to: real HTTP, that says now and then that it cannot, or answers too late."""

    def __init__(self, chance: Random) -> None:
        self.times: Counter[str] = Counter()
        """How often each id has arrived."""
        self._chance = chance
        self._lock = Lock()
        self.address = ""

    def take(self, body: bytes) -> int:
        """Take what was posted; returns the status to answer."""
        events: list[dict[str, Any]] = json.loads(body)
        positions = [event["position"] for event in events]
        assert positions == sorted(positions)
        with self._lock:
            fate = self._chance.random()
            if fate > 0.05:
                self.times.update(event["id"] for event in events)
        # What was taken and is told to have failed comes again; the ids say so.
        return 503 if fate < 0.1 else 204


@contextmanager
def receiving(chance: Random) -> Iterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver(chance)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status = receiver.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        receiver.address = f"http://127.0.0.1:{listening.server_port}"
        thread = Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            listening.shutdown()
            thread.join()
