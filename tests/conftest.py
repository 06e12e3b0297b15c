"""
What every test may ask for: real servers, databases nobody else uses, and the path of a Chromium.

Servers start when the first test asks for them, once per pytest process, and end with it. A test that kills a server
starts one of its own: `with PostgresServer() as server`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from shadower.domain.jobs.job import Queue
from tests.servers import PostgresServer, RabbitmqServer, RedisServer

# How long an example takes says more about the machine than about the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

ROOT = Path(__file__).parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """Where Python may not keep its bytecode, keep it for this run: else every process compiles everything anew."""
    if sys.dont_write_bytecode:
        os.environ["PYTHONPYCACHEPREFIX"] = folder = tempfile.mkdtemp(prefix="shadower-bytecode-")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The PostgreSQL server of this run. Shared: do not stop it."""
    with PostgresServer(durable=False) as server:
        yield server


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> Iterator[Callable[..., str]]:
    """Call it, perhaps with `prepared_by=migrate`, for the URL of a new database (PostgresServer.create_database)."""
    urls: list[str] = []

    def create(prepared_by: Callable[[str], None] | None = None) -> str:
        urls.append(postgres_server.create_database(prepared_by))
        return urls[-1]

    yield create
    for url in urls:
        postgres_server.drop_database(url)


@pytest.fixture
def postgres_url(postgres_database: Callable[..., str]) -> str:
    """The URL of an empty database of this test's own."""
    url: str = postgres_database()
    return url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """The Redis server of this run. Shared: do not stop it."""
    with RedisServer(durable=False) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The URL of a Redis that holds nothing yet."""
    redis_server.run("FLUSHALL")
    return redis_server.url()


@pytest.fixture(scope="session")
def rabbitmq_server() -> Iterator[RabbitmqServer]:
    """The RabbitMQ server of this run. Shared: do not stop it."""
    with RabbitmqServer() as server:
        yield server


@pytest.fixture
def rabbitmq_url(rabbitmq_server: RabbitmqServer) -> str:
    """The URL of a RabbitMQ that holds no job's nudge yet."""
    rabbitmq_server.forget(*Queue)
    return rabbitmq_server.url()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of a Chromium for browser tests; start it with `--no-sandbox` when running as root."""
    found = subprocess.run([ROOT / ".ci" / "chromium"], check=False, capture_output=True, text=True)
    if found.returncode != 0:
        pytest.fail("No Chromium for browser tests: install one, or leave them out with -m 'not browser'")
    return found.stdout.strip()
