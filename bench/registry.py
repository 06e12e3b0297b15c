"""Every figure by name."""

from bench.bus import bus_redis
from bench.cache import cache_hit, cache_hit_rate
from bench.figures import Figure
from bench.ingest import ingest_postgres, ingest_sqlite, single_event_postgres
from bench.live import SOCKETS, USUAL, fan_out, idle
from bench.micro import admit, append_postgres, append_sqlite, project_postgres, project_sqlite
from bench.queries import growth, query
from bench.questions import Kind
from bench.start import idle_memory, start_to_ready
from bench.workload import LIVE, SPREAD

_WITHIN = {"live": LIVE, "spread": SPREAD}


def figures() -> list[Figure]:
    """Return those of the requirements first, then those that only help in finding out why."""
    return [*_ingest(), *_queries(), *_start(), *_live(), *_bus(), *_cache(), *_micro()]


def _ingest() -> list[Figure]:
    about = "8 connections, 1,000 events a request, against bulk writes of the same rows into an equally indexed table"
    limits = {"live": (0.35, 0.6), "spread": (0.2, 0.4)}
    found = [
        Figure(f"ingest_{store}_{kind}", store, "events/s", about, measure(within), *limits[kind])
        for store, measure in (("postgres", ingest_postgres), ("sqlite", ingest_sqlite))
        for kind, within in _WITHIN.items()
    ]
    about = "128 connections, 1 event a request, against a Litestar handler that decodes the same body and answers"
    single = Figure("single_event_postgres", "postgres", "requests/s", about, single_event_postgres, 0.35, 0.5)
    return [*found, single]


def _queries() -> list[Figure]:
    found = []
    for store in ("postgres", "sqlite"):
        for kind in Kind:
            about = f"p95 of a {kind} of 90 days, against the same by SQL over the events"
            found.append(Figure(f"query_{kind}", store, "ms", about, query(kind, store), 50, 500))
        about = "p95 of the kind of question that grows most, against the same at a tenth of the events"
        found.append(Figure("query_growth", store, "ms", about, growth(store), 1.5, 1.1, at_most=True))
    return found


def _start() -> list[Figure]:
    start = "process start to /ready on an existing data directory, against the limit"
    memory = "PSS of the process tree after 10 idle seconds, against the limit"
    return [
        Figure("start_to_ready", "sqlite", "s", start, start_to_ready, 1.0, 0.6, at_most=True),
        Figure("idle_memory", "sqlite", "MB", memory, idle_memory, 1.0, 0.6, at_most=True),
    ]


def _live() -> list[Figure]:
    memory = "PSS with 10,000 idle connections, {}, against the limit"
    delay = "p95 from the ingest answer to 1,000 subscribers, against the limit"
    return [
        Figure(
            "live_idle", "sqlite", "MB", memory.format("3,000 of them WebSockets"), idle(USUAL), 1.0, 0.9, at_most=True
        ),
        Figure("live_fan_out", "sqlite", "ms", delay, fan_out, 1.0, 0.4, at_most=True),
        Figure("live_sockets", "sqlite", "MB", memory.format("all of them WebSockets"), idle(SOCKETS)),
    ]


def _bus() -> list[Figure]:
    about = "events published and handled, against raw pipelined XADD, XREADGROUP and XACK of the same bytes"
    return [Figure("bus_redis", None, "events/s", about, bus_redis, 0.5, 0.8)]


def _cache() -> list[Figure]:
    hit = "a hit at the port of the cache, with the look whether it is still true, against the limit"
    rate = "look-ups for which nothing is counted, on a day of dashboards with events coming in, against all"
    return [
        Figure("cache_hit", None, "µs", hit, cache_hit, 1.0, 0.5, at_most=True),
        Figure("cache_hit_rate", "sqlite", "of all", rate, cache_hit_rate, 0.7, 0.85),
    ]


def _micro() -> list[Figure]:
    found = [
        Figure(
            f"{name}_{store}_{kind}",
            store,
            "events/s",
            about,
            measures[store](within),
        )
        for name, about, measures in (
            ("append", "EventLog.append in groups of 10,000", {"postgres": append_postgres, "sqlite": append_sqlite}),
            ("project", "Rollups.advance of 20,000", {"postgres": project_postgres, "sqlite": project_sqlite}),
        )
        for store in ("postgres", "sqlite")
        for kind, within in _WITHIN.items()
    ]
    return [*found, Figure("admit", None, "µs/event", "decode and admit, against decoding alone", admit)]
