"""Several server processes on one PostgreSQL database."""

import contextlib
import os
import re
import signal
import time
import urllib.request
from collections.abc import Callable
from urllib.error import URLError

import psutil
import pytest

from tests.cli.conftest import Running, Shadower, eventually
from tests.cli.listening import ends, listening, next_event
from tests.cli.test_serve import BOOTSTRAP, KEY_LINE, sending

pytestmark = pytest.mark.postgres


@pytest.fixture
def database(postgres_database: Callable[..., str]) -> str:
    url: str = postgres_database()
    return url


def workers_of(server: Running) -> set[int]:
    return {child.pid for child in psutil.Process(server.process.pid).children() if is_worker(child)}


def is_worker(child: psutil.Process) -> bool:
    try:
        return "resource_tracker" not in str(child.cmdline())
    except (psutil.ZombieProcess, psutil.NoSuchProcess):
        return False


def answers(server: Running) -> bool:
    """Whether it answers; for a moment there may be nobody, when the other process was not ready yet."""
    try:
        return server.ask("/api/v1/workspaces/current", BOOTSTRAP)[0] == 200
    except URLError:
        return False


def test_several_processes_serve_one_store_and_stop_as_one(shadower: Shadower, database: str) -> None:
    with shadower.running("serve", "--workers", "2", DATABASE_URL=database) as server:
        key = server.line(KEY_LINE)
        assert server.line("Shadower is at ") == shadower.url
        assert len(workers_of(server)) == 2
        events = [{"type": "agent.executed", "id": str(n), "status": "success"} for n in range(40)]
        assert sum(server.ask("/api/v1/events", key, [event])[1]["stored"] for event in events) == 40
        assert server.stop() == 0
        assert not psutil.pid_exists(server.process.pid)
    assert shadower("verify", DATABASE_URL=database).returncode == 0


def test_an_event_is_told_whichever_process_took_it_in_and_a_stop_ends_every_connection(
    shadower: Shadower, database: str
) -> None:
    with shadower.running(
        "serve",
        "--workers",
        "2",
        DATABASE_URL=database,
        BOOTSTRAP_KEY=BOOTSTRAP,
        LIVE_CONNECTIONS_PER_KEY="100",
        SHUTDOWN_SECONDS="600",
    ) as server:
        server.line("Shadower is at ")
        with contextlib.ExitStack() as stack:
            # Which process takes a connection is chance; of so many, each has some.
            all_of_them = [stack.enter_context(listening(server)) for _ in range(8)]
            delays = []
            for number in range(1, 11):
                assert server.ask("/api/v1/events", BOOTSTRAP, [{"type": "agent.executed"}])[1]["stored"] == 1
                answered = time.monotonic()
                for socket, stream in all_of_them:
                    assert {next_event(socket), next_event(stream)} == {number}
                delays.append(time.monotonic() - answered)
            # However busy the machine is, some of them are not held up by anything else.
            assert min(delays) < 0.5, delays
            assert server.stop() == 0
            assert {ends(*each) for each in all_of_them} == {(1012, 1012)}


def test_a_request_that_never_ends_cannot_keep_them_from_stopping(shadower: Shadower, database: str) -> None:
    with shadower.running(
        "serve", "--workers", "2", DATABASE_URL=database, BOOTSTRAP_KEY=BOOTSTRAP, SHUTDOWN_SECONDS="1"
    ) as server:
        server.line("Shadower is at ")
        with sending(shadower.port, length=1000):
            assert server.stop(within=15) == 0
    assert "stopped with requests unanswered" in (shadower.folder / "log").read_text()


def test_a_process_that_dies_is_replaced(shadower: Shadower, database: str) -> None:
    with shadower.running("serve", "--workers", "2", DATABASE_URL=database, BOOTSTRAP_KEY=BOOTSTRAP) as server:
        server.line("Shadower is at ")
        victim = min(workers_of(server))
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: len(workers_of(server) - {victim}) == 2)
        eventually(lambda: answers(server))
        assert server.stop() == 0


def test_measurements_are_those_of_all_processes_whichever_answers(shadower: Shadower, database: str) -> None:
    with shadower.running("serve", "--workers", "2", DATABASE_URL=database, BOOTSTRAP_KEY=BOOTSTRAP) as server:
        server.line("Shadower is at ")

        def stored() -> float:
            with urllib.request.urlopen(f"{shadower.url}/metrics", timeout=30) as answer:  # noqa: S310 - ours
                found = re.search(
                    r'^shadower_ingest_events_total{outcome="stored"} (\S+)$', answer.read().decode(), re.MULTILINE
                )
            return float(found[1]) if found else 0

        for number in range(40):
            server.ask("/api/v1/events", BOOTSTRAP, [{"type": "agent.executed", "id": str(number)}])
        eventually(lambda: stored() == 40)
        assert {stored() for _ in range(20)} == {40}
        victim = min(workers_of(server))
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: len(workers_of(server) - {victim}) == 2)
        eventually(lambda: server.ask("/api/v1/workspaces/current", BOOTSTRAP)[0] == 200)
        assert {stored() for _ in range(20)} == {40}
        assert server.stop() == 0


def test_in_production_a_server_does_not_touch_the_schema(shadower: Shadower, database: str) -> None:
    for workers in "12":
        told = shadower("serve", "--workers", workers, PROFILE="production", HOST="127.0.0.1", DATABASE_URL=database)
        assert told.returncode == 1
        assert told.stderr.startswith("Error: ")
        assert "shadower migrate" in told.stderr
        assert told.stderr.count("\n") == 1
    assert shadower("migrate", PROFILE="production", DATABASE_URL=database).returncode == 0
    with shadower.running(
        "serve", PROFILE="production", HOST="127.0.0.1", DATABASE_URL=database, BOOTSTRAP_KEY=BOOTSTRAP
    ) as server:
        server.line("Shadower is at ")
        assert server.ask("/api/v1/workspaces/current", BOOTSTRAP)[0] == 200
        assert server.stop() == 0
        assert KEY_LINE not in server.rest()
