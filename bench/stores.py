"""Stores to measure: new ones with the schema in them, opened through the same ports as the server opens them."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from bench.progress import told
from shadower.adapters.system.clock import SystemClock
from shadower.adapters.system.secrets import SystemSecrets
from shadower.application.open_the_door import OpenTheDoor
from shadower.application.ports.clock import Clock
from shadower.entrypoints.settings_sources import settings_for
from shadower.entrypoints.wiring.bundle import StoreBundle
from shadower.entrypoints.wiring.choice import chosen_store
from tests.servers import PostgresServer

_EVENTS = "SELECT count(*) FROM events"
_FORGET = (
    "DELETE FROM spans; DELETE FROM span_views; DELETE FROM pages;"
    " UPDATE projections SET cursor = 0 WHERE name = 'rollups'"
)
_BEHIND = "SELECT (SELECT position FROM log_head) - (SELECT cursor FROM projections WHERE name = 'rollups')"


class Place(Protocol):
    """One store, as an address and as what can be learned of it from outside."""

    url: str
    """For SHADOWER_DATABASE_URL."""

    def bundle(self, clock: Clock) -> StoreBundle:
        """Return the store in all its roles, not yet open."""

    def count(self) -> int:
        """Return how many events are stored."""

    def behind(self) -> int:
        """Return how many events the rollups have not taken in."""

    def forget_pages(self) -> None:
        """Make the rollups begin anew."""


def _bundle(url: str, clock: Clock) -> StoreBundle:
    return chosen_store(settings_for(database_url=url, statement_timeout="600"), clock)


class SqlitePlace(Place):
    """A file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"

    def bundle(self, clock: Clock) -> StoreBundle:
        """See the protocol."""
        return _bundle(self.url, clock)

    def count(self) -> int:
        """See the protocol."""
        return self._number(_EVENTS)

    def behind(self) -> int:
        """See the protocol."""
        return self._number(_BEHIND)

    def forget_pages(self) -> None:
        """See the protocol."""
        with closing(sqlite3.connect(self.path, timeout=60)) as connection:
            connection.executescript(_FORGET)

    def _number(self, sql: str) -> int:
        with closing(sqlite3.connect(self.path, timeout=60)) as connection:
            return int(connection.execute(sql).fetchone()[0])


class PostgresPlace(Place):
    """A database of a server."""

    def __init__(self, server: PostgresServer, url: str) -> None:
        self.server = server
        self.url = url

    def bundle(self, clock: Clock) -> StoreBundle:
        """See the protocol."""
        return _bundle(self.url, clock)

    def count(self) -> int:
        """See the protocol."""
        return int(self.run(_EVENTS))

    def behind(self) -> int:
        """See the protocol."""
        return int(self.run(_BEHIND))

    def forget_pages(self) -> None:
        """See the protocol."""
        self.run(_FORGET)

    def run(self, sql: str) -> str:
        """Run a statement in this database."""
        return self.server.run(sql, self.url.rpartition("/")[2])


@contextmanager
def new_sqlite(folder: Path) -> Iterator[SqlitePlace]:
    """A file with the schema and the workspace `default`, on the disk of this folder, gone afterwards."""
    with TemporaryDirectory(dir=folder) as name:
        place = SqlitePlace(Path(name) / "shadower.sqlite3")
        _in_a_thread_of_its_own(place)
        yield place


@contextmanager
def new_postgres(server: PostgresServer) -> Iterator[PostgresPlace]:
    """A database with the schema and the workspace `default`, gone afterwards."""
    url = server.create_database()
    place = PostgresPlace(server, url)
    try:
        _in_a_thread_of_its_own(place)
        yield place
    finally:
        server.drop_database(url)


@contextmanager
def durable_postgres() -> Iterator[PostgresServer]:
    """A server for which committed means on disk."""
    with told("PostgreSQL was up"):
        server = PostgresServer(durable=True)
    with server:
        yield server


@asynccontextmanager
async def opened(place: Place, clock: Clock | None = None) -> AsyncIterator[StoreBundle]:
    """The store, open."""
    bundle = place.bundle(clock or SystemClock())
    await bundle.store.open()
    try:
        yield bundle
    finally:
        await bundle.store.close()


async def prepare(place: Place, clock: Clock | None = None) -> None:
    """Make the schema and the workspace `default`."""
    clock = clock or SystemClock()
    bundle = place.bundle(clock)
    await bundle.store.migrate()
    await OpenTheDoor(bundle.begin, clock, SystemSecrets()).default_workspace()
    await bundle.store.close()


def _in_a_thread_of_its_own(place: Place) -> None:
    # Whoever asks for a store may be running a loop already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, prepare(place)).result()
