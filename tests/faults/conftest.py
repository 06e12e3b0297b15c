"""Processes that are killed at random moments, out of a seed that is printed: SHADOWER_FAULTS_SEED=… replays one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random, SystemRandom

import pytest

from tests.faults.shadower_server import ShadowerServer
from tests.servers import PostgresServer

FOLDER = Path(__file__).parent
SEED = "SHADOWER_FAULTS_SEED"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker(pytest.mark.faults)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> str:
    """What all chance of a test comes from; shown when it fails."""
    chosen = os.environ.get(SEED) or str(SystemRandom().randrange(10**6))
    print(f"Replay with {SEED}={chosen}")  # noqa: T201 - pytest shows it when the test fails
    return f"{chosen}/{request.node.name}"


@pytest.fixture
def chance(seed: str) -> Random:
    return Random(seed)


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL that keeps what it says is committed. Shared: do not stop it."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def server(request: pytest.FixtureRequest) -> Iterator[ShadowerServer]:
    """A running server with an empty store of its own: a file, and then a database."""
    with _database(request) as url, ShadowerServer(url) as server:
        yield server


@contextmanager
def _database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    if request.param == "sqlite":
        yield None
        return
    postgres: PostgresServer = request.getfixturevalue("durable_postgres")
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)
