"""
A fresh store of each kind, for the suites that must hold over all of them.

The databases are built by the migrations, once per run, and copied for each test.
"""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from shadower.adapters.memory.store import MemoryStore
from shadower.application.ports.event_log import Batch, EventLog
from shadower.application.ports.retention import EventRemoval
from shadower.application.ports.snapshot import OpenSnapshot, Snapshot
from shadower.application.ports.store import Rollups, Store
from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import Event, Outcome, Position, RecordedEvent, WorkspaceId
from shadower.domain.workspaces.workspace import Weekday
from shadower.entrypoints.settings_sources import settings_for
from shadower.entrypoints.wiring.bundle import StoreBundle
from shadower.entrypoints.wiring.choice import chosen_store
from shadower.testing import NOW, HandClock, a_batch
from tests.servers import PostgresServer

STORES = ["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
SQL_STORES = STORES[1:]

QUARANTINE_LIMIT = 2_000
"""Bytes, so that a test can fill it."""

RESTORING = """
CREATE SCHEMA pristine;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
                AND relkind IN ('r', 'p') AND NOT relispartition LOOP
        EXECUTE format('CREATE TABLE pristine.%1$I AS TABLE public.%1$I', name);
    END LOOP;
END $$;
CREATE PROCEDURE pristine.restore() LANGUAGE plpgsql SET lock_timeout = '10s' AS $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'pristine' LOOP
        EXECUTE format('DELETE FROM public.%1$I', name);
        EXECUTE format('INSERT INTO public.%1$I TABLE pristine.%1$I', name);
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        EXECUTE format('ALTER SEQUENCE public.%I RESTART', name);
    END LOOP;
END $$;
"""
"""Remembers every row of a freshly migrated database and how to go back to them: quicker than a new database."""


@dataclass
class OpenStore:
    """One store in all its roles, and the clock it goes by."""

    kind: str
    clock: HandClock
    _bundle: StoreBundle
    _another: Callable[[], StoreBundle]
    _twins: list[StoreBundle] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self._bundle.store

    @property
    def log(self) -> EventLog:
        return self._bundle.log

    @property
    def snapshot(self) -> OpenSnapshot:
        return self._bundle.snapshot

    @property
    def begin(self) -> BeginWork:
        return self._bundle.begin

    @property
    def rollups(self) -> Rollups:
        return self._bundle.rollups

    @property
    def removal(self) -> EventRemoval:
        return self._bundle.removal

    async def append(self, *events: Event, workspace: int = 1, at: int = NOW) -> list[Outcome]:
        """Append one batch and return its outcomes."""
        return await self.send(a_batch(*events, workspace=workspace, received_at=at))

    async def send(self, batch: Batch) -> list[Outcome]:
        (outcomes,) = await self.log.append([batch])
        return list(outcomes)

    async def new_workspace(self, slug: str) -> WorkspaceId:
        async with self.begin() as work:
            workspace = await work.workspaces.add(slug, slug.title(), "UTC", Weekday.MONDAY, NOW)
            await work.commit()
        return workspace.id

    async def catch_up(self) -> None:
        """Let the rollups take in everything."""
        while await self.rollups.advance(1_000):
            pass

    async def twin(self) -> "OpenStore":
        """The same store as another process has it open. In memory there is only this one."""
        if self.kind == "memory":
            return self
        bundle = self._another()
        self._twins.append(bundle)
        await bundle.store.open()
        return OpenStore(self.kind, self.clock, bundle, self._another)

    async def close(self) -> None:
        for bundle in (*self._twins, self._bundle):
            await bundle.store.close()


def memory_bundle(clock: HandClock) -> StoreBundle:
    store = MemoryStore(clock, quarantine_limit=QUARANTINE_LIMIT)
    return StoreBundle(store, store.log, store.snapshot, store.begin, store.rollups, store.removal)


def sqlite_bundle(path: Path, clock: HandClock, statement_timeout: float = 30.0) -> StoreBundle:
    return _bundle(f"sqlite:///{path}", clock, statement_timeout)


def postgres_bundle(url: str, clock: HandClock, statement_timeout: float = 30.0) -> StoreBundle:
    return _bundle(url, clock, statement_timeout)


def _bundle(url: str, clock: HandClock, statement_timeout: float) -> StoreBundle:
    settings = settings_for(database_url=url)
    # Less than anybody could set, so that a test can come to the end of it.
    return chosen_store(
        replace(settings, statement_timeout=statement_timeout, quarantine_limit_bytes=QUARANTINE_LIMIT), clock
    )


def migrate_postgres(url: str) -> None:
    """Build the schema in an empty database."""
    asyncio.run(_migrate(postgres_bundle(url, HandClock())))


async def _migrate(bundle: StoreBundle) -> None:
    await bundle.store.migrate()
    await bundle.store.close()


@contextlib.contextmanager
def folder_in_memory() -> Iterator[Path]:
    """A temporary folder, where possible one that no disk has to be waited for."""
    shared = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    with tempfile.TemporaryDirectory(prefix="shadower-", dir=shared if shared.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture(scope="session")
def migrated_sqlite() -> Iterator[Path]:
    """A database file with the schema and nothing in it, to be copied."""
    with folder_in_memory() as folder, ThreadPoolExecutor(1) as thread:
        path = folder / "empty.db"
        thread.submit(asyncio.run, _migrate(sqlite_bundle(path, HandClock()))).result()
        yield path


@pytest.fixture(scope="session")
def emptied_postgres(postgres_server: PostgresServer) -> Iterator[Callable[[], str]]:
    """Call it for the URL of a database with the schema and nothing in it: always the same one, emptied."""
    url = postgres_server.create_database(prepared_by=migrate_postgres)
    database = url.rsplit("/", 1)[-1]
    postgres_server.run(RESTORING, database)

    def empty() -> str:
        postgres_server.run("CALL pristine.restore()", database)
        return url

    yield empty
    postgres_server.drop_database(url)


@pytest.fixture
def new_bundle(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Callable[[HandClock], StoreBundle]]]:
    """Call it with a kind of store for a maker of bundles, all of them on one new, empty, migrated store."""
    with contextlib.ExitStack() as stack:

        def make(kind: str) -> Callable[[HandClock], StoreBundle]:
            if kind == "memory":
                return memory_bundle
            if kind == "sqlite":
                path = stack.enter_context(folder_in_memory()) / "shadower.db"
                shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
                return lambda clock: sqlite_bundle(path, clock)
            url = request.getfixturevalue("emptied_postgres")()
            return lambda clock: postgres_bundle(url, clock)

        yield make


@contextlib.asynccontextmanager
async def opened(kind: str, make: Callable[[HandClock], StoreBundle]) -> AsyncIterator[OpenStore]:
    """Open a store, with one workspace in it, whose number is 1."""
    clock = HandClock()
    store = OpenStore(kind, clock, make(clock), lambda: make(clock))
    await store.store.open()
    try:
        assert await store.new_workspace("default") == 1
        yield store
    finally:
        await store.close()


@contextlib.contextmanager
def opened_on_a_loop(kind: str, make: Callable[[HandClock], StoreBundle]) -> Iterator[tuple[asyncio.Runner, OpenStore]]:
    """As `opened`, with a loop, for tests whose examples are told one after the other on one store."""
    with asyncio.Runner() as runner:
        stack = contextlib.AsyncExitStack()
        try:
            yield runner, runner.run(stack.enter_async_context(opened(kind, make)))
        finally:
            runner.run(stack.aclose())


@pytest.fixture(params=STORES)
async def store(
    request: pytest.FixtureRequest, new_bundle: Callable[[str], Callable[[HandClock], StoreBundle]]
) -> AsyncIterator[OpenStore]:
    """A new store with the empty workspace 1."""
    async with opened(request.param, new_bundle(request.param)) as store:
        yield store


async def arrived(snapshot: Snapshot, limit: int = 100) -> Sequence[RecordedEvent]:
    """The first events that came in, in the order in which they did."""
    return await snapshot.arrivals(Position(0), snapshot.position, limit)


def told(*events: Event | RecordedEvent) -> list[Event]:
    """Return the events as a store tells them: without their fingerprints, which need not be kept with them."""
    plain = (event.event if isinstance(event, RecordedEvent) else event for event in events)
    return [event._replace(fingerprint=b"") for event in plain]
