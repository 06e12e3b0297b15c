"""Commands as people type them, and servers as they start them, each with a data directory of its own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.servers.process import free_port

START_SECONDS = 60.0


class Shadower:
    """The command `shadower` with a data directory and an environment of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        own = {name: text for name, text in os.environ.items() if not name.startswith("SHADOWER_")}
        self.environment = own | {"SHADOWER_DATA_DIR": str(folder / "data"), "SHADOWER_PORT": str(free_port())}

    @property
    def port(self) -> int:
        return int(self.environment["SHADOWER_PORT"])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __call__(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            _command(words), env=self._with(settings), cwd=self.folder, capture_output=True, text=True, check=False
        )

    @contextlib.contextmanager
    def running(self, *words: str, **settings: str) -> Iterator["Running"]:
        """Run a command that stays, until the block ends."""
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(
                _command(words),
                env=self._with(settings),
                cwd=self.folder,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        try:
            yield Running(process, self)
        finally:
            if process.poll() is None:
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
                process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()

    def _with(self, settings: dict[str, str]) -> dict[str, str]:
        return self.environment | {f"SHADOWER_{name}": text for name, text in settings.items()}


class Running:
    """A server that was started, its output read line by line."""

    def __init__(self, process: subprocess.Popen[str], shadower: Shadower) -> None:
        self.process = process
        assert process.stdout is not None
        self._output = process.stdout
        self._shadower = shadower

    @property
    def url(self) -> str:
        return self._shadower.url

    def line(self, beginning: str) -> str:
        """Return what follows the beginning in the next line of output that has it."""
        for line in self._output:
            if line.strip().startswith(beginning):
                return line.strip().removeprefix(beginning).strip()
        pytest.fail(f"It ended before it said {beginning!r}: {(self._shadower.folder / 'log').read_text()[-3000:]}")

    def rest(self) -> str:
        """Return what it printed since, once it has ended."""
        return self._output.read()

    def stop(self, number: signal.Signals = signal.SIGTERM, within: float = 60.0) -> int:
        """Ask it to stop and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(within)

    def ask(self, path: str, key: str | None = None, body: object = None) -> tuple[int, Any]:
        """Return the status and the JSON of an answer."""
        return ask(self._shadower.url + path, key, body)


def ask(url: str, key: str | None = None, body: object = None) -> tuple[int, Any]:
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode())  # noqa: S310 - ours
    request.add_header("Content-Type", "application/json")
    if key is not None:
        request.add_header("Authorization", f"Bearer {key}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"null")


def eventually(true: Callable[[], bool], within: float = START_SECONDS) -> None:
    """Return as soon as it is true, and fail when it does not become so."""
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


@pytest.fixture
def shadower(tmp_path: Path) -> Shadower:
    return Shadower(tmp_path)


def _command(words: Sequence[str]) -> Sequence[str]:
    return [sys.executable, "-m", "shadower", *words]
