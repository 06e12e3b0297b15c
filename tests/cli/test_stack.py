"""`make stack`: everything as in production, killed in turn, and stopped."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import psutil
import pytest

from deploy.lines import Lines
from deploy.stack import API, _ours, _revive
from tests.cli.conftest import ask, eventually
from tests.faults.shadower_server import ADMIN_KEY
from tests.faults.stack import Stack
from tests.servers import RedisServer

EXECUTIONS = "/api/v1/metrics/summary?metric=executions&timeframe=24h"


@pytest.fixture
def stack() -> Iterator[Stack]:
    with Stack() as stack:
        yield stack


def send(stack: Stack, number: int) -> None:
    events = [{"id": f"event-{number}", "type": "agent.executed", "agent_id": "a", "status": "success"}]

    def is_accepted() -> bool:
        try:
            status, answer = ask(f"{stack.url}/api/v1/events", ADMIN_KEY, events)
        except OSError:
            return False
        return status == 200 and answer["stored"] + answer["duplicates"] == 1

    eventually(is_accepted)


def executions(stack: Stack) -> int:
    return int(ask(stack.url + EXECUTIONS, ADMIN_KEY)[1]["metrics"]["executions"]["value"])


def kill(stack: Stack, name: str) -> None:
    """Kill a process and wait until another has taken its place."""
    eventually(lambda: stack.kill_member(name))
    eventually(lambda: stack.member(name) is not None)


def test_a_port_that_is_taken_is_a_clear_error_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = ("-m", "deploy.stack", "--port", str(port), "--folder", str(tmp_path / "data"))
        told = subprocess.run((sys.executable, *words), capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith(f"Error: Cannot listen on 127.0.0.1:{port}: ")
    assert f'make stack ARGS="--port {port + 100}"' in told.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.redis
def test_whatever_is_killed_comes_back_and_one_signal_stops_it_all(stack: Stack) -> None:
    send(stack, 0)
    for number, name in enumerate(("metrics-processor", "redis", "postgres", API), 1):
        kill(stack, name)
        send(stack, number)
    eventually(lambda: executions(stack) == 5)
    family = psutil.Process(stack.pid).children(recursive=True)
    stack.stop()
    assert stack.exit_code == 0
    eventually(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in family))


@pytest.mark.redis
def test_a_server_that_does_not_start_at_once_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    said = StringIO()
    lines = Lines(["redis"], said)
    with RedisServer() as redis:
        redis.kill9()
        with monkeypatch.context() as patched:
            patched.setattr(redis, "_command", lambda: ["false"])
            _revive(redis, lines)
        assert not redis.is_running
        _revive(redis, lines)
        assert redis.is_running
    first, second, third, fourth = (line.partition("| ")[2] for line in said.getvalue().splitlines())
    assert first == third == "redis ended; starting it again"
    assert second.startswith("redis did not start: ")
    assert fourth == f"redis is process {redis.pid}"


def test_a_folder_that_another_account_may_have_put_there_is_refused(tmp_path: Path) -> None:
    assert _ours(tmp_path / "stack") == _ours(tmp_path / "stack")
    (tmp_path / "link").symlink_to(tmp_path / "stack")
    with pytest.raises(SystemExit, match="not a folder of ours"):
        _ours(tmp_path / "link")
