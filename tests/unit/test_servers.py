"""The servers that other tests rely on: do they keep what they promise?"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.servers import PostgresServer, RedisServer
from tests.servers.account import Account
from tests.servers.process import has_ended

STARTS_A_SERVER_AND_WAITS = """
import time
from tests.servers import RedisServer
server = RedisServer()
server.start()
print(server.pid, server.home, flush=True)
time.sleep(60)
"""


@pytest.mark.postgres
def test_each_test_has_an_empty_postgres_database_of_its_own(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    name = postgres_url.rsplit("/", 1)[1]
    postgres_server.run("CREATE TABLE notes (text text)", name)
    assert postgres_server.run("SELECT count(*) FROM notes", name) == "0"
    with pytest.raises(RuntimeError, match="does not exist"):
        postgres_server.run("SELECT count(*) FROM notes")


@pytest.mark.postgres
def test_a_prepared_database_is_prepared_once_and_copied_afterwards(
    postgres_server: PostgresServer, postgres_database: Callable[..., str]
) -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        postgres_server.run("CREATE TABLE notes AS SELECT 'hello' AS text", url.rsplit("/", 1)[1])

    first, second = (postgres_database(prepared_by=prepare) for _ in range(2))
    postgres_server.run("DELETE FROM notes", first.rsplit("/", 1)[1])

    assert postgres_server.run("SELECT text FROM notes", second.rsplit("/", 1)[1]) == "hello"
    assert len(prepared) == 1


@pytest.mark.postgres
@pytest.mark.faults
def test_postgres_killed_without_warning_comes_back_with_what_was_committed() -> None:
    with PostgresServer() as server:
        server.run("CREATE TABLE notes AS SELECT 'hello' AS text")
        url, family = server.url(), psutil.Process(server.pid).children(recursive=True)

        server.kill9()
        assert not server.is_running
        assert [process for process in family if not has_ended(process.pid)] == []
        with pytest.raises(RuntimeError, match="Connection refused"):
            server.run("SELECT 1")

        server.start()
        assert server.url() == url
        assert server.run("SELECT text FROM notes") == "hello"


@pytest.mark.redis
@pytest.mark.faults
def test_redis_killed_without_warning_comes_back_with_what_was_acknowledged() -> None:
    with RedisServer() as server:
        server.run("SET", "note", "hello")
        server.kill9()
        server.start()
        assert server.run("GET", "note") == "hello"


@pytest.mark.redis
def test_each_test_has_a_redis_that_holds_nothing(redis_server: RedisServer, redis_url: str) -> None:
    assert redis_url == redis_server.url()
    assert redis_server.run("DBSIZE") == "0"
    redis_server.run("SET", "note", "hello")
    assert redis_server.run("DBSIZE") == "1"


@pytest.mark.redis
def test_a_closed_server_leaves_nothing_behind() -> None:
    with RedisServer() as server:
        pid, home = server.pid, server.home
    assert has_ended(pid)
    assert not home.exists()


@pytest.mark.redis
def test_a_folder_that_was_given_outlives_its_server(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as first:
        first.run("SET", "note", "hello")
    with RedisServer(tmp_path) as second:
        assert second.run("GET", "note") == "hello"


@pytest.mark.redis
@pytest.mark.faults
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_ends_with_the_run_that_started_it_however_that_ends(ending: signal.Signals) -> None:
    run = subprocess.Popen([sys.executable, "-c", STARTS_A_SERVER_AND_WAITS], stdout=subprocess.PIPE, text=True)
    with run:
        assert run.stdout is not None
        pid, home = run.stdout.readline().split()
        assert not has_ended(int(pid))
        run.send_signal(ending)

    deadline = time.monotonic() + 20
    while (not has_ended(int(pid)) or Path(home).exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert has_ended(int(pid))
    assert not Path(home).exists()


@pytest.mark.postgres
def test_postgres_never_runs_as_root(postgres_server: PostgresServer) -> None:
    assert psutil.Process(postgres_server.pid).uids().effective == (Account.unprivileged().uid or os.geteuid()) != 0
