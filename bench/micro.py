"""Parts of the way of an event, each by itself: where to look when a figure of the whole way falls short."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import msgspec

from bench.bulk import Row, copied, inserted
from bench.options import Options
from bench.progress import say
from bench.statistics import Round
from bench.stores import Place, SqlitePlace, durable_postgres, new_postgres, new_sqlite, opened
from bench.workload import LIVE, Stream, admitted, rows
from shadower.application.ports.event_log import Batch
from shadower.entrypoints.loop import new_loop

PER_BATCH = 1_000
BATCHES_A_GROUP = 10
STEP = 20_000
"""Events the projection takes in at a time, as the server lets it."""


def append_postgres(within: timedelta) -> Callable[[Options], Iterator[Round]]:
    """EventLog.append in groups of 10,000, against COPY."""

    def measure(options: Options) -> Iterator[Round]:
        with durable_postgres() as server:
            for number in range(options.rounds):
                batches = _batches(options, number, within)
                with new_postgres(server) as place:
                    value = appended(place, batches)
                with new_postgres(server) as place:
                    yield _round(value, copied(place, rows(batches), indexed=True))

    return measure


def append_sqlite(within: timedelta) -> Callable[[Options], Iterator[Round]]:
    """EventLog.append in groups of 10,000, against executemany."""

    def measure(options: Options) -> Iterator[Round]:
        for number in range(options.rounds):
            batches = _batches(options, number, within)
            with new_sqlite(options.folder) as place:
                value = appended(place, batches)
                yield _round(value, _inserted(place, rows(batches)))

    return measure


def project_postgres(within: timedelta) -> Callable[[Options], Iterator[Round]]:
    """Rollups.advance, against EventLog.append of the same events."""

    def measure(options: Options) -> Iterator[Round]:
        with durable_postgres() as server:
            for number in range(options.rounds):
                with new_postgres(server) as place:
                    yield _projected(place, _batches(options, number, within))

    return measure


def project_sqlite(within: timedelta) -> Callable[[Options], Iterator[Round]]:
    """As `project_postgres`, on a file."""

    def measure(options: Options) -> Iterator[Round]:
        for number in range(options.rounds):
            with new_sqlite(options.folder) as place:
                yield _projected(place, _batches(options, number, within))

    return measure


def admit(options: Options) -> Iterator[Round]:
    """Decode and admit, against decoding the same bodies into plain dictionaries."""
    for number in range(options.rounds):
        bodies = Stream(number, LIVE).bodies(options.scaled(50_000, 10_000), PER_BATCH)
        events = len(bodies) * PER_BATCH
        admitted(bodies[:1])
        began = perf_counter()
        for body in bodies:
            admitted([body])
        value = (perf_counter() - began) / events * 1e6
        began = perf_counter()
        for body in bodies:
            msgspec.json.decode(body)
        yield _round(value, (perf_counter() - began) / events * 1e6)


def _batches(options: Options, number: int, within: timedelta) -> list[Batch]:
    return admitted(Stream(number, within).bodies(options.scaled(200_000, 40_000), PER_BATCH))


def appended(place: Place, batches: Sequence[Batch]) -> float:
    """Return the events a second of EventLog.append."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(_append(place, batches))


async def _append(place: Place, batches: Sequence[Batch]) -> float:
    async with opened(place) as bundle:
        began = perf_counter()
        for start in range(0, len(batches), BATCHES_A_GROUP):
            await bundle.log.append(batches[start : start + BATCHES_A_GROUP])
        seconds = perf_counter() - began
    return _events(batches) / seconds


def _projected(place: Place, batches: Sequence[Batch]) -> Round:
    before = appended(place, batches)

    async def advance() -> float:
        async with opened(place) as bundle:
            began = perf_counter()
            taken = 0
            while step := await bundle.rollups.advance(STEP):
                taken += step
            seconds = perf_counter() - began
        if taken != _events(batches):
            raise RuntimeError(f"The projection took in {taken} of {_events(batches)} events.")
        return taken / seconds

    with asyncio.Runner(loop_factory=new_loop) as runner:
        return _round(runner.run(advance()), before)


def _inserted(place: SqlitePlace, these: Sequence[Row]) -> float:
    with TemporaryDirectory(dir=place.path.parent) as folder:
        return inserted(place.path, Path(folder) / "reference.sqlite3", these, indexed=True)


def _events(batches: Sequence[Batch]) -> int:
    return sum(len(batch.events) for batch in batches)


def _round(value: float, reference: float) -> Round:
    one = Round(value, reference)
    say(f"{value:,.1f} against {reference:,.1f}: {one.ratio:.3f}")
    return one
