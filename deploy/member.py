"""One process of the stack, started again whenever it ends."""

import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from threading import Event, Thread
from typing import Final

from deploy.lines import Lines

_SOON: Final = 1.0
_LATER: Final = 15.0
_SETTLED: Final = 30.0
"""A process that has run for so long is started again soon; others ever later."""
_PATIENCE: Final = 20.0
"""Seconds a process has to end when it is asked to."""


class Member:
    """Keeps a command running until it is told to stop."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], lines: Lines) -> None:
        self.name = name
        self._command = command
        self._environment = environment
        self._lines = lines
        self._ending = Event()
        self._process: subprocess.Popen[str] | None = None
        self._thread = Thread(target=self._keep, name=name)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end in good order. It has `_PATIENCE` seconds; see `join`."""
        self._ending.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)

    def join(self) -> None:
        """Wait until it has ended."""
        self._thread.join(_PATIENCE)
        if self._thread.is_alive() and self._process is not None:
            self._process.kill()
            self._thread.join()

    def _keep(self) -> None:
        pause = _SOON
        while not self._ending.is_set():
            began = time.monotonic()
            status = self._run()
            if self._ending.is_set():
                return
            pause = _SOON if time.monotonic() - began > _SETTLED else min(2 * pause, _LATER)
            self._lines.tell(f"{self.name} ended ({_said(status)}); starting it again in {pause:.0f} s")
            self._ending.wait(pause)

    def _run(self) -> int:
        # A session of its own: Ctrl+C in the terminal is for the stack, which then ends everything in good order.
        self._process = subprocess.Popen(  # noqa: S603 - the commands are our own
            self._command,
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._lines.tell(f"{self.name} is process {self._process.pid}")
        if self._ending.is_set():
            self._process.terminate()
        if self._process.stdout is not None:
            self._lines.follow(self.name, self._process.stdout)
        return self._process.wait()


def _said(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
