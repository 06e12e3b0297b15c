"""Processes that run projections and can be killed or frozen, and what they deliver to."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Lock, Thread
from typing import Any, ClassVar

from tests.faults.companion import Companion
from tests.faults.projection_process import RECEIVER
from tests.faults.shadower_server import ShadowerServer


class ProjectionRunner(Companion):
    """A process with the role metrics-processor on the store of a server."""

    name: ClassVar[str] = "runner"
    module: ClassVar[str] = "tests.faults.projection_process"

    def __init__(self, server: ShadowerServer, receiver: str) -> None:
        super().__init__(server, **{RECEIVER: receiver})


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
