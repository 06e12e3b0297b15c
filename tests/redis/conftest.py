"""What only a Redis server can do to us."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.bus_world import redis_world
from tests.servers import RedisServer
from tests.stores import new_bundle

__all__ = ["new_bundle", "redis_world"]

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker(pytest.mark.redis)


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[Redis]:
    """A client beside ours, to look with, and to do harm."""
    with Redis(port=redis_server.port) as client:
        yield client
