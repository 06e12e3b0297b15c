"""
The stores that questions are asked of: filled through EventLog.append, then followed by Rollups.advance to the end.

The clock goes along with the history, so weekly partitions are made on the way as they would have been. A data set that
is kept (SHADOWER_BENCH_DIR) is used again for as long as the schema stays what it was; when the form of the pages has
changed, they are made anew from its events.
"""

import asyncio
import json
import shutil
import time
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bench import history as history_module
from bench.history import PER_BATCH, History
from bench.options import Options
from bench.progress import say
from bench.stores import Place, PostgresPlace, SqlitePlace, opened, prepare
from shadower.adapters import rollups, sql
from shadower.application.ports.clock import Clock
from shadower.domain.events.moments import DAY
from shadower.domain.metrics import pages, spans
from shadower.entrypoints.loop import new_loop
from shadower.entrypoints.wiring.bundle import StoreBundle
from tests.servers import PostgresServer

GROUPS = 20
"""Appends a load consists of: large ones visit each leaf of the index of identities less often."""
STEP = 100_000
"""Events the projection takes in at a time: larger than in a server, where others want to write as well."""
TELL_EVERY = 15.0
"""Seconds."""

SETTINGS = {"shared_buffers": "1GB", "work_mem": "256MB", "maintenance_work_mem": "512MB", "max_wal_size": "4GB"}
"""Of PostgreSQL: enough for the reference to sort in memory. What is asked through Shadower hardly notices."""

_MARK = "loaded.json"

_SQL = Path(sql.__path__[0])
_SCHEMA = (*sorted(_SQL.glob("migrations/versions/*.*")), _SQL / "schema.py", Path(history_module.__file__))
_PAGES = (*sorted(Path(rollups.__path__[0]).glob("*.py")), Path(pages.__file__), Path(spans.__file__))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A store with a history in it, taken in by the rollups to the last event."""

    history: History
    place: Place


class MovingClock(Clock):
    """Says what it is told to."""

    def __init__(self, now: int) -> None:
        self.at = now

    def now(self) -> int:
        """See the port."""
        return self.at


@contextmanager
def loaded(options: Options, store: str, events: int) -> Iterator[Loaded]:
    """The store with so many events, loaded now unless that has been done."""
    home = options.kept or options.folder
    folder = home / f"{store}-{events}-{_digest(_SCHEMA)}"
    if not (folder / _MARK).exists():
        for old in home.glob(f"{store}-{events}-*"):
            shutil.rmtree(old)
        folder.mkdir(parents=True)
        _fill(store, folder, History(events, time.time_ns() // 1000))
    mark = json.loads((folder / _MARK).read_text())
    history = History(events, mark["end"])
    if mark["pages"] != _digest(_PAGES):
        _take_in(store, folder, history)
    with _place(store, folder, durable=True) as place:
        yield Loaded(history, place)


@contextmanager
def _place(store: str, folder: Path, *, durable: bool) -> Iterator[Place]:
    if store == "sqlite":
        yield SqlitePlace(folder / "shadower.sqlite3")
        return
    with PostgresServer(folder / "data", durable=durable, settings=SETTINGS) as server:
        yield PostgresPlace(server, server.url())


def _fill(store: str, folder: Path, history: History) -> None:
    """Append the events; the rollups have taken in none."""
    with _place(store, folder, durable=False) as place:
        _run(_append(place, history))
        if isinstance(place, PostgresPlace):
            place.run("VACUUM (ANALYZE)")
        if place.count() != history.events:
            raise RuntimeError(f"{place.count()} of {history.events} events are stored.")
    _mark(folder, history, "none")


def _take_in(store: str, folder: Path, history: History) -> None:
    """Let the rollups take in all events, in pages of the present form."""
    with _place(store, folder, durable=False) as place:
        place.forget_pages()
        _run(_advance(place, history.events))
        if isinstance(place, PostgresPlace):
            place.run("VACUUM (ANALYZE) pages")
        if place.behind():
            raise RuntimeError(f"{place.behind()} of {history.events} events are not taken in.")
    _mark(folder, history, _digest(_PAGES))


def _mark(folder: Path, history: History, pages: str) -> None:
    (folder / _MARK).write_text(json.dumps({"end": history.end, "pages": pages}))


def _run(coroutine: Coroutine[None, None, None]) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(coroutine)


async def _append(place: Place, history: History) -> None:
    clock = MovingClock(history.start)
    await prepare(place, clock)
    async with opened(place, clock) as bundle:
        await _append_batches(bundle, history, clock)


async def _append_batches(bundle: StoreBundle, history: History, clock: MovingClock) -> None:
    telling = _Telling("appended", history.events)
    group = []
    kept_at = clock.at
    largest = max(4, history.events // PER_BATCH // GROUPS)
    for batch in history.batches():
        group.append(batch)
        if len(group) == largest:
            await bundle.log.append(group)
            telling(sum(len(one.events) for one in group))
            group = []
        clock.at = batch.received_at
        if clock.at - kept_at > 7 * DAY:
            await bundle.store.keep()
            kept_at = clock.at
    if group:
        await bundle.log.append(group)
    telling.end()


async def _advance(place: Place, events: int) -> None:
    telling = _Telling("taken in by the rollups", events)
    async with opened(place) as bundle:
        while step := await bundle.rollups.advance(STEP):
            telling(step)
        telling.end()
        while await bundle.rollups.consolidate(10):
            pass


class _Telling:
    """Says now and then how far a long load has come."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._done = 0
        self._began = self._told = time.monotonic()

    def __call__(self, more: int) -> None:
        self._done += more
        if time.monotonic() - self._told > TELL_EVERY:
            self._told = time.monotonic()
            rate = self._done / (self._told - self._began)
            say(f"{self._done:,} of {self._total:,} {self._what}, {rate:,.0f}/s, {self._left(rate):.0f} s left")

    def end(self) -> None:
        seconds = time.monotonic() - self._began
        say(f"{self._total:,} {self._what} in {seconds:.0f} s, {self._total / seconds:,.0f}/s")

    def _left(self, rate: float) -> float:
        return (self._total - self._done) / rate


def _digest(files: Sequence[Path]) -> str:
    """Return a digest of the files that decide how something is laid out."""
    digest = sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
