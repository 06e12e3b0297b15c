"""Processes of our own beside a server, on its store, which can be killed or frozen."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from tests.faults.being_ready import READY
from tests.faults.shadower_server import ShadowerServer
from tests.servers.server import Server

ROOT = Path(__file__).parents[2]


class Companion(Server):
    """Runs a module with the settings of a server; it is up once the module says that it is ready."""

    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    module: ClassVar[str]

    def __init__(self, server: ShadowerServer, **told: str | Path | int) -> None:
        """`told` are variables of its environment."""
        super().__init__()
        self._server = server
        self._told = told

    def freeze(self) -> None:
        """Take the processor away from it, as a stalled machine would."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def _command(self) -> Sequence[str | Path]:
        told = self._told | {READY: self._ready, "PYTHONPATH": ROOT}
        environment = [*self._server.command()[:-3], *(f"{name}={value}" for name, value in told.items())]
        return [*environment, sys.executable, "-m", self.module]

    def _answers(self) -> bool:
        return Path(f"{self._ready}-{self.pid}").exists()

    @property
    def _ready(self) -> Path:
        return self.home / "ready"
