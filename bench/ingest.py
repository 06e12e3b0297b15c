"""
Ingest over HTTP: the whole way of an event, from a request to a durable commit and back.

8 connections with 1,000 events a request, against the same rows written in bulk; and 128 connections with one event a
request, against a handler that does nothing with them. Each round has a new store, a new server and new events. A round
in which a single acknowledged event is not in the store afterwards is void.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.bulk import copied, inserted
from bench.load import Outcome, http_requests, load
from bench.options import Options
from bench.progress import say
from bench.servers import KEY, PlainServer, ShadowerServer, cpu_seconds
from bench.statistics import Round
from bench.stores import Place, durable_postgres, new_postgres, new_sqlite
from bench.workload import LIVE, Stream, admitted, rows

PATH = "/api/v1/events"

BATCH_CONNECTIONS = 8
PER_BATCH = 1_000
WARM_BATCHES = 8

SINGLE_CONNECTIONS = 128
WARM_SINGLES = 2_000

CATCH_UP = 300.0
"""Seconds for the rollups to take in what a round has brought."""


def ingest_postgres(within: timedelta) -> Callable[[Options], Iterator[Round]]:
    """Batches into PostgreSQL, against COPY."""

    def measure(options: Options) -> Iterator[Round]:
        with durable_postgres() as server:
            for number in range(options.rounds):
                bodies = _bodies(options, number, within)
                with new_postgres(server) as place:
                    server.run("CHECKPOINT")
                    outcome, extras = _stored(options, place, bodies, BATCH_CONNECTIONS, WARM_BATCHES)
                counted = rows(admitted(bodies[WARM_BATCHES:]))
                with new_postgres(server) as place:
                    reference = copied(place, counted, indexed=True)
                    only_key = copied(place, counted, indexed=False)
                yield _round(len(counted) / outcome.seconds, reference, only_key, extras)

    return measure


def ingest_sqlite(within: timedelta) -> Callable[[Options], Iterator[Round]]:
    """Batches into SQLite, against executemany."""

    def measure(options: Options) -> Iterator[Round]:
        for number in range(options.rounds):
            bodies = _bodies(options, number, within)
            with new_sqlite(options.folder) as place, TemporaryDirectory(dir=options.folder) as folder:
                outcome, extras = _stored(options, place, bodies, BATCH_CONNECTIONS, WARM_BATCHES)
                counted = rows(admitted(bodies[WARM_BATCHES:]))
                reference = inserted(place.path, Path(folder) / "indexed", counted, indexed=True)
                only_key = inserted(place.path, Path(folder) / "plain", counted, indexed=False)
            yield _round(len(counted) / outcome.seconds, reference, only_key, extras)

    return measure


def single_event_postgres(options: Options) -> Iterator[Round]:
    """One event a request into PostgreSQL, against a handler that decodes and answers."""
    with durable_postgres() as server:
        for number in range(options.rounds):
            bodies = Stream(number, LIVE).bodies(WARM_SINGLES + options.scaled(40_000, 5_000), per_request=1)
            with new_postgres(server) as place:
                server.run("CHECKPOINT")
                outcome, extras = _stored(options, place, bodies, SINGLE_CONNECTIONS, WARM_SINGLES)
            with PlainServer(options.workers) as plain:
                reference = loaded(options, plain.port, bodies, SINGLE_CONNECTIONS, WARM_SINGLES)
            extras |= {"reference_p95_ms": _ms(reference.p95), "reference_generator_cpu": _share(reference)}
            yield _said(
                Round(outcome.requests / outcome.seconds, reference.requests / reference.seconds, extras=extras)
            )


def _bodies(options: Options, number: int, within: timedelta) -> list[bytes]:
    count = WARM_BATCHES * PER_BATCH + options.scaled(240_000, 40_000)
    return Stream(number, within).bodies(count, PER_BATCH)


def _stored(
    options: Options, place: Place, bodies: Sequence[bytes], connections: int, warm: int
) -> tuple[Outcome, dict[str, object]]:
    """Send everything to a server on this store, and make sure that it is there."""
    with (
        TemporaryDirectory(dir=options.folder) as folder,
        ShadowerServer(place.url, Path(folder), options.workers) as server,
    ):
        before = cpu_seconds(server.pid)
        outcome = loaded(options, server.port, bodies, connections, warm)
        used = cpu_seconds(server.pid) - before
        behind, seconds = _caught_up(place)
    stored = place.count()
    if outcome.acknowledged != stored:
        raise RuntimeError(f"{outcome.acknowledged} events were acknowledged, but {stored} are stored: void.")
    return outcome, {
        "events": stored,
        "p95_ms": _ms(outcome.p95),
        "p99_ms": _ms(outcome.p99),
        "overloaded": outcome.overloaded,
        "generator_cpu": _share(outcome),
        "server_cpu_us_per_event": round(used / stored * 1e6, 1),
        "rollups_behind": behind,
        "rollups_caught_up_s": round(seconds, 1),
    }


def loaded(options: Options, port: int, bodies: Sequence[bytes], connections: int, warm: int = 0) -> Outcome:
    """Send everything to the server at this port."""
    with TemporaryDirectory(dir=options.folder) as folder:
        requests = http_requests(PATH, port, KEY, bodies)
        with load(Path(folder), port, connections, requests, warm) as generator:
            return generator.run()


def _caught_up(place: Place) -> tuple[int, float]:
    """Return how far the rollups were behind when the load ended, and the seconds until they no longer were."""
    behind = left = place.behind()
    began = time.monotonic()
    while left and time.monotonic() - began < CATCH_UP:
        time.sleep(0.2)
        left = place.behind()
    if left:
        raise RuntimeError(f"The rollups are still {left} events behind, {CATCH_UP:.0f} s after the load.")
    return behind, time.monotonic() - began


def _round(value: float, reference: float, only_key: float, extras: dict[str, object]) -> Round:
    more = {"primary_key_only": round(only_key), "ratio_to_primary_key_only": round(value / only_key, 3)}
    return _said(Round(value, reference, extras=more | extras))


def _said(one: Round) -> Round:
    say(f"{one.value:,.0f}/s against {one.reference:,.0f}/s: {one.ratio:.3f} {one.extras}")
    return one


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _share(outcome: Outcome) -> float:
    return round(outcome.generator_cpu, 2)
