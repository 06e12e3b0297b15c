"""`make stack`: everything as in production, killed and wiped in the middle."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import psutil
import pytest

from tests.cli.conftest import ask, eventually
from tests.conftest import ROOT
from tests.servers.account import Account
from tests.servers.process import free_port

EXECUTIONS = "/api/v1/metrics/summary?metric=executions&timeframe=24h"


class Stack:
    """A running stack, its output read as it comes."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        own = {name: text for name, text in os.environ.items() if not name.startswith("SHADOWER_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deploy.stack", "--port", str(port), "--folder", str(folder)],
            cwd=ROOT,
            env=own,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._reader = Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            self.lines.extend(iter(self.process.stdout.readline, ""))

    def said(self, what: str) -> list[str]:
        """Return what was matched in each line so far."""
        return [found[1] for line in list(self.lines) if (found := re.search(what, line))]

    def pid(self, name: str) -> int:
        return int(self.said(rf"stack +\| {name} is process (\d+)")[-1])

    @property
    def key(self) -> str:
        return self.said(r"the key: (\S+)")[0]

    def send(self, number: int) -> None:
        events = [{"id": f"event-{number}", "type": "agent.executed", "agent_id": "a", "status": "success"}]
        eventually(lambda: self._accepted(events))

    def _accepted(self, events: object) -> bool:
        try:
            status, answer = ask(f"{self.url}/api/v1/events", self.key, events)
        except OSError:
            return False
        return status == 200 and answer["stored"] + answer["duplicates"] == 1

    def executions(self) -> int:
        return int(ask(self.url + EXECUTIONS, self.key)[1]["metrics"]["executions"]["value"])

    def kill(self, name: str) -> None:
        """Kill a process and wait until another has taken its place."""
        before = self.pid(name)
        psutil.Process(before).kill()
        eventually(lambda: self.pid(name) != before)

    def end(self) -> None:
        if self.process.poll() is None:
            for child in psutil.Process(self.process.pid).children(recursive=True):
                child.kill()
            self.process.kill()
        self.process.wait()
        self._reader.join()


@pytest.fixture
def stack() -> Iterator[Stack]:
    folder = Account.unprivileged().new_folder("shadower-stack-")
    folder.chmod(0o755)
    stack = Stack(folder)
    try:
        eventually(lambda: bool(stack.said(r"(the key): ")))
        yield stack
    finally:
        stack.end()
        shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.redis
def test_whatever_is_killed_comes_back_and_one_signal_stops_it_all(stack: Stack) -> None:
    family = psutil.Process(stack.process.pid).children(recursive=True)
    names = ("metrics-processor", "report-generator", "notification-service", "data-aggregator", "redis", "postgres")
    stack.send(0)
    for number, name in enumerate((*names, "analytics-api"), 1):
        stack.kill(name)
        stack.send(number)
    eventually(lambda: stack.executions() == 8)
    stack.process.send_signal(signal.SIGINT)
    assert stack.process.wait(60) == 0
    family += [psutil.Process(pid) for pid in map(stack.pid, names) if psutil.pid_exists(pid)]
    eventually(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in family))
