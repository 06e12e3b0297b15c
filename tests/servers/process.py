"""One running server process, with a guard that ends it should we be gone first."""

import contextlib
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from tests.servers import guard
from tests.servers.account import Account

START_SECONDS = 60.0
STOP_SECONDS = 30.0


class ServerDidNotStartError(RuntimeError):
    """The server ended, or was not ready in time. The message carries the end of its log."""


class ServerProcess:
    """A started server. `stop_signal` asks it to end in good order; the guard removes `temporary` once it has."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        stop_signal: signal.Signals,
        account: Account,
        temporary: Path,
    ) -> None:
        self._log = log
        self._stop_signal = stop_signal
        with log.open("ab") as output:
            # A session of its own: Ctrl-C in the terminal is for us, who then stop the server in good order.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=log.parent,
                start_new_session=True,
                **account.popen,
            )
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, str(self.pid), str(int(stop_signal)), temporary],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """What it ended with (minus the number of the signal that killed it), None while it runs."""
        return self._process.poll()

    def wait_until(self, ready: Callable[[], bool], within: float = START_SECONDS) -> None:
        """Raises ServerDidNotStartError, after which nothing of it is left running."""
        deadline = time.monotonic() + within
        while not ready():
            if not self.is_running or time.monotonic() > deadline:
                self.kill9()
                raise ServerDidNotStartError(self._log.read_text("utf-8", errors="replace")[-4000:])
            time.sleep(0.02)

    def stop(self) -> None:
        """Ask it to end and wait for it; kill it when it does not."""
        if self.is_running:
            self._process.send_signal(self._stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        self.kill9()

    def kill9(self) -> None:
        """Kill it and everything it started, without warning. When this returns, all of it is gone."""
        family: list[psutil.Process] = []
        if self.is_running:
            with contextlib.suppress(psutil.NoSuchProcess):
                family = psutil.Process(self.pid).children(recursive=True)
            self._process.kill()
        self._process.wait()
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        deadline = time.monotonic() + STOP_SECONDS
        while not all(has_ended(member.pid) for member in family) and time.monotonic() < deadline:
            time.sleep(0.01)
        self._release_guard()

    def _release_guard(self) -> None:
        if self._guard.poll() is None:
            with contextlib.suppress(BrokenPipeError):
                self._guard.communicate(b"released")


def has_ended(pid: int) -> bool:
    """Whether a process is gone; one that only waits for its parent to take notice (a zombie) is."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def free_port() -> int:
    """
    Find a free port on the loopback interface.

    Below the range from which systems hand out ports for outgoing connections: there, somebody could take it while the
    server is down, and it could not come back.
    """
    for _ in range(100):
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    message = "No free port found between 20000 and 32000"
    raise RuntimeError(message)
