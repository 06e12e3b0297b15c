"""What all servers have in common: start, stop, kill, start again."""

import importlib.util
import shutil
import signal
import weakref
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from tests.servers.account import Account
from tests.servers.process import START_SECONDS, ServerDidNotStartError, ServerProcess, free_port

TAKEN = ("Address already in use", "eaddrinuse")
"""What servers say when somebody has their port."""


class Server(ABC):
    """
    A server with a folder and a port of its own, to be used as a context manager or by `start` and `close`.

    Without `data_dir`, its data lives in a temporary folder that goes when it is closed.
    """

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    start_seconds: ClassVar[float] = START_SECONDS

    def __init__(self, data_dir: Path | None = None, account: Account | None = None) -> None:
        self._data_dir = data_dir
        self._account = account or Account()
        self._process: ServerProcess | None = None
        self.port = free_port()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @cached_property
    def home(self) -> Path:
        """The temporary folder of this server, gone at the latest when we end."""
        folder = self._account.new_folder(f"shadower-{self.name}-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    @property
    def data_dir(self) -> Path:
        return self._data_dir or self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """Its process number, the last one when it is down. Raises RuntimeError when it was never started."""
        if self._process is None:
            message = f"The {self.name} server has not been started"
            raise RuntimeError(message)
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running

    @property
    def exit_code(self) -> int | None:
        """What it ended with last; None while it runs, or when it was never started."""
        return None if self._process is None else self._process.exit_code

    def start(self) -> None:
        """
        Start it, or start it again on the data and the port it had, and wait until it answers.

        Raises ServerDidNotStartError with the end of the server's log.
        """
        if self.is_running:
            return
        self._make_data_dir()
        while True:
            try:
                self._launch()
            except ServerDidNotStartError as error:
                if self._started_before or not any(words in str(error) for words in TAKEN):
                    raise
                self.log.unlink()
                self.port = free_port()
            else:
                self._started_before = True
                return

    def stop(self) -> None:
        """Stop it in good order: connections are cut, nothing is lost."""
        if self._process is not None:
            self._process.stop()

    def kill9(self) -> None:
        """Kill it and all its processes at once, as a power cut would."""
        if self._process is not None:
            self._process.kill9()

    def close(self) -> None:
        """Stop it and remove its temporary folder (a `data_dir` that was given stays)."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    _started_before = False

    def _launch(self) -> None:
        self._process = ServerProcess(
            self._command(), log=self.log, stop_signal=self.stop_signal, account=self._account, temporary=self.home
        )
        self._process.wait_until(lambda: self.is_running and self._answers(), self.start_seconds)

    def _make_data_dir(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._account.own(self.data_dir)

    @abstractmethod
    def _command(self) -> Sequence[str | Path]:
        """What starts the server in the foreground."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether the server takes commands by now."""


def package_folder(package: str) -> Path:
    """Find an installed package without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        message = f"The package {package} is missing, which carries a server that the tests need: make install"
        raise RuntimeError(message)
    return Path(spec.origin).parent
