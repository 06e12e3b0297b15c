"""Processes that serve a handler and can be killed or frozen, and the book in which they write what they were given."""

import json
import os
import signal
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from tests.faults.handler_process import BOOK, READY
from tests.faults.shadower_server import ShadowerServer
from tests.servers.server import Server

ROOT = Path(__file__).parents[2]


class HandlerRunner(Server):
    """A process with the role metrics-processor and a handler, on the store and the bus of a server."""

    name: ClassVar[str] = "handler"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, server: ShadowerServer, book: Path) -> None:
        super().__init__()
        self._server = server
        self._book = book

    def freeze(self) -> None:
        """Take the processor away from it, as a stalled machine would."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def _command(self) -> Sequence[str | Path]:
        own = {BOOK: self._book, READY: self._ready, "PYTHONPATH": ROOT}
        given = [f"{name}={value}" for name, value in own.items()]
        environment, python = self._server.command()[:-3], [sys.executable, "-m", "tests.faults.handler_process"]
        return [*environment, *given, *python]

    def _answers(self) -> bool:
        return Path(f"{self._ready}-{self.pid}").exists()

    @property
    def _ready(self) -> Path:
        return self.home / "ready"


def handled(book: Path) -> Sequence[Mapping[str, Any]]:
    """Return what was handled, in the order in which it was, repeats included."""
    return [json.loads(line) for line in book.read_text().splitlines()] if book.exists() else []


def check_order(book: Path) -> None:
    """Within each workspace, nothing was handled for the first time after something behind it."""
    firsts: defaultdict[int, dict[int, None]] = defaultdict(dict)
    for line in handled(book):
        firsts[line["workspace"]].setdefault(line["position"])
    for workspace, positions in firsts.items():
        assert list(positions) == sorted(positions), f"workspace {workspace}"
