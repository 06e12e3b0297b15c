"""Server processes to measure: Shadower as everybody starts it, and the plain handler it is compared with."""

import http.client
import os
import signal
import sys
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import psutil

from tests.servers.server import Server

KEY = "shd_benchmarks-have-a-key-of-their-own-00000000"
"""The admin key of every server started here."""

_ROOT = Path(__file__).parents[1]


class _Listening(Server):
    """A server started by a command, ready when GET on `ready` answers 200."""

    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    ready: ClassVar[str]

    def __init__(self, settings: Mapping[str, str], workers: int = 1) -> None:
        super().__init__()
        self._settings = settings
        self._workers = workers

    def _environment(self) -> Mapping[str, str]:
        """Nothing that somebody set for a server of his own may have a say here."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SHADOWER_")}
        return kept | {"PYTHONPATH": os.pathsep.join((str(_ROOT), str(_ROOT / "src")))} | dict(self._settings)

    @property
    def command(self) -> Sequence[str | Path]:
        """What starts it in the foreground."""
        # `env` becomes the command itself, so the process number is the server's.
        named = [f"{name}={value}" for name, value in self._environment().items()]
        return ["env", "-i", *named, sys.executable, *self._program()]

    def _command(self) -> Sequence[str | Path]:
        return self.command

    @abstractmethod
    def _program(self) -> Sequence[str]:
        """What Python is to run."""

    def _answers(self) -> bool:
        return answers(self.port, self.ready)


class ShadowerServer(_Listening):
    """`shadower serve` on a store, given as a database URL."""

    name: ClassVar[str] = "shadower"
    ready: ClassVar[str] = "/ready"

    def __init__(self, url: str, folder: Path, workers: int = 1, settings: Mapping[str, str] | None = None) -> None:
        usual = {
            "SHADOWER_DATABASE_URL": url,
            "SHADOWER_DATA_DIR": str(folder),
            "SHADOWER_BOOTSTRAP_KEY": KEY,
            "SHADOWER_LOG_LEVEL": "warning",
        }
        super().__init__(usual | dict(settings or {}), workers)

    def _program(self) -> Sequence[str]:
        return ("-m", "shadower", "serve", "--port", str(self.port), "--workers", str(self._workers))


class PlainServer(_Listening):
    """The handler of `bench.plain`."""

    name: ClassVar[str] = "plain"
    ready: ClassVar[str] = "/ready"

    def __init__(self, workers: int = 1) -> None:
        super().__init__({}, workers)

    def _program(self) -> Sequence[str]:
        return ("-m", "bench.plain", str(self.port), str(self._workers))


class BroadcastServer(_Listening):
    """The handler of `bench.broadcast`."""

    name: ClassVar[str] = "broadcast"
    ready: ClassVar[str] = "/ready"

    def __init__(self) -> None:
        super().__init__({})

    def _program(self) -> Sequence[str]:
        return ("-m", "bench.broadcast", str(self.port))


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process and what it started have used: what other programs do matters little."""
    process = psutil.Process(pid)
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


def answers(port: int, path: str) -> bool:
    """Whether GET answers 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
