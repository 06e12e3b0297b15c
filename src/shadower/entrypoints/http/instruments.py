"""What the server measures, as Prometheus wants it."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from shadower.application.known_callers import KnownCallers
from shadower.application.live.live import Live
from shadower.application.ports.cache import Cache
from shadower.application.ports.meter import Meter
from shadower.application.ports.projection_cursors import ProjectionStatus
from shadower.application.report_health import Condition, Health
from shadower.domain.bus.group import BusGroup
from shadower.domain.events.event import Outcome
from shadower.domain.events.moments import SECOND
from shadower.domain.jobs.job import JobState, Queue
from shadower.domain.live.seats import Transport
from shadower.domain.projections.lease import ProjectionState
from shadower.entrypoints.http.shared_measurements import SharedMeasurements

EXPOSITION_TYPE = "text/plain; version=1.0.0; charset=utf-8"

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_OF_EACH_PROCESS = frozenset(
    {
        "shadower_cache_bytes",
        "shadower_cache_entries",
        "shadower_ingest_queue_events",
        "shadower_live_connections",
        "shadower_store_connections",
    }
)
"""Gauges of which each process has a share."""
_LONG = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 1800, 7200)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)


_OF_PROJECTIONS: Mapping[str, str] = {
    "lag_events": "Events a projection is behind",
    "lag_seconds": "How long the oldest event waits that a projection has not taken in",
    "paused": "Whether somebody has paused a projection",
    "owned": "Whether some process runs a projection",
    "failures": "Steps in a row that failed",
    "set_aside_events": "Events a projection could not take that wait in the quarantine",
}


_OF_GROUPS: Mapping[str, str] = {
    "lag_events": "Events of the log a group has not acknowledged",
    "lag_seconds": "How long the oldest of them waits",
    "owned": "Whether some process serves a group; always for one of a program outside",
    "dead_letters": "Events a group's handler could not handle",
}


class CacheLookups(Collector):
    """Counts kept elsewhere, read when somebody asks."""

    def __init__(self, callers: KnownCallers, cache: Cache) -> None:
        self._callers = callers
        self._cache = cache

    def collect(self) -> Iterable[Metric]:
        """Return hits and misses of each cache."""
        found = CounterMetricFamily("shadower_cache_lookups", "Look-ups in caches", labels=["cache", "result"])
        found.add_metric(["callers", "hit"], self._callers.hits)
        found.add_metric(["callers", "miss"], self._callers.misses)
        figures = self._cache.figures()
        found.add_metric(["metrics", "hit"], figures.hits)
        found.add_metric(["metrics", "miss"], figures.misses)
        yield found
        hits = CounterMetricFamily("shadower_cache_hits", "Look-ups for which nothing was computed", labels=["by"])
        for by, times in (("hot", figures.hot_hits), ("warm", figures.warm_hits), ("joined", figures.joined)):
            hits.add_metric([by], times)
        yield hits
        yield CounterMetricFamily("shadower_cache_evictions", "Entries dropped from memory", value=figures.evictions)
        yield GaugeMetricFamily("shadower_cache_entries", "Entries in memory", value=figures.hot_entries)
        held = GaugeMetricFamily("shadower_cache_bytes", "Bytes held", labels=["tier"])
        held.add_metric(["hot"], figures.hot_bytes)
        if figures.warm_bytes is not None:
            held.add_metric(["warm"], figures.warm_bytes)
        yield held
        if figures.warm is not None:
            yield GaugeMetricFamily(
                "shadower_cache_warm_tier_up", "Whether the warm tier is used", value=figures.warm_up
            )


class LiveConnections(Collector):
    """Who listens, and what became of it: counts kept elsewhere."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def collect(self) -> Iterable[Metric]:
        """Return connections, and what has been told since the start."""
        counts = self._live.counts
        open_now = GaugeMetricFamily("shadower_live_connections", "Live connections", labels=["kind"])
        for transport in Transport:
            open_now.add_metric([transport], self._live.seats.taken(transport))
        yield open_now
        yield CounterMetricFamily("shadower_live_messages", "Messages taken in by listeners", value=counts.messages)
        yield CounterMetricFamily("shadower_live_gaps", "Gaps told to listeners that were too slow", value=counts.gaps)
        for name, about, label, told in (
            ("shadower_live_ended", "Live connections that ended, by why", "why", counts.ended),
            ("shadower_live_refused", "Live connections that were not taken, by code", "code", counts.refused),
        ):
            family = CounterMetricFamily(name, about, labels=[label])
            for why, times in told.items():
                family.add_metric([why], times)
            yield family


class Instruments(Meter):
    """One registry per application, so that several in one process do not mix."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry(auto_describe=False)
        self._requests = Histogram(
            "shadower_request_duration_seconds",
            "Time from a request's first byte to its answer",
            ["method", "route", "status"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        decided = Counter("shadower_ingest_events", "Events decided, by outcome", ["outcome"], registry=self.registry)
        self._decided = {outcome: decided.labels(outcome.value) for outcome in Outcome}
        self._group_events = Histogram(
            "shadower_commit_group_events", "Events in one commit", buckets=_SIZES, registry=self.registry
        )
        self._group_requests = Histogram(
            "shadower_commit_group_requests", "Requests in one commit", buckets=_SIZES, registry=self.registry
        )
        self._commit = Histogram(
            "shadower_commit_duration_seconds", "Time a commit took", buckets=_SECONDS, registry=self.registry
        )
        self._waiting = Gauge(
            "shadower_ingest_queue_events", "Events accepted and not yet decided", registry=self.registry
        )
        self._projections = {
            name: Gauge(f"shadower_projection_{name}", about, ["projection"], registry=self.registry)
            for name, about in _OF_PROJECTIONS.items()
        }
        self._groups = {
            name: Gauge(f"shadower_bus_group_{name}", about, ["group"], registry=self.registry)
            for name, about in _OF_GROUPS.items()
        }
        self._bus_up = Gauge("shadower_bus_up", "Whether the event bus can be reached", registry=self.registry)
        self._bus_events = Gauge("shadower_bus_events", "Events on the bus", registry=self.registry)
        self._position = Gauge("shadower_log_position", "Events in the log", registry=self.registry)
        self._connections = Gauge(
            "shadower_store_connections", "Connections of the pool", ["state"], registry=self.registry
        )
        self._retention = Gauge(
            "shadower_retention_alarms", "Runs of retention that somebody should look at", registry=self.registry
        )
        self._jobs = Histogram(
            "shadower_job_attempt_duration_seconds",
            "How long an attempt at a job took, by what became of it; queued: it will be tried again",
            ["kind", "became"],
            buckets=_LONG,
            registry=self.registry,
        )
        self._nudges_lost = Counter(
            "shadower_job_nudges_lost", "Workers that could not be told of a job", ["queue"], registry=self.registry
        )
        self._jobs_now = Gauge(
            "shadower_jobs",
            "Jobs that are due, that run, and that are dead",
            ["queue", "state"],
            registry=self.registry,
        )
        self._jobs_wait = Gauge(
            "shadower_job_wait_seconds", "How long a job waits that is due", ["queue"], registry=self.registry
        )
        self._task_queue_up = Gauge(
            "shadower_task_queue_up", "Whether workers can be told of jobs", registry=self.registry
        )
        self._refused = Gauge(
            "shadower_quarantine_entries", "Refused events that are kept, replayed ones too", registry=self.registry
        )
        self._overflowed = Gauge(
            "shadower_quarantine_overflowed_workspaces",
            "Workspaces whose refused events are not all kept, for lack of room",
            registry=self.registry,
        )
        self._up = Gauge("shadower_store_up", "Whether the store can be used", registry=self.registry)
        self._child = lru_cache(maxsize=1024)(self._requests.labels)
        self._shared: SharedMeasurements | None = None

    def watch(self, callers: KnownCallers, cache: Cache, live: Live) -> None:
        """Tell how often the store need not be asked, and who listens."""
        self.registry.register(CacheLookups(callers, cache))
        self.registry.register(LiveConnections(live))

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request was answered. `route` is the template, so that ids in paths do not make a series each."""
        self._child(method, route, str(status)).observe(seconds)

    def committed(self, requests: int, events: int, seconds: float) -> None:
        self._group_requests.observe(requests)
        self._group_events.observe(events)
        self._commit.observe(seconds)

    def waiting(self, events: int) -> None:
        self._waiting.set(events)

    def decided(self, outcomes: Mapping[Outcome, int]) -> None:
        for outcome, events in outcomes.items():
            if events:
                self._decided[outcome].inc(events)

    def attempted(self, kind: str, became: JobState, seconds: float) -> None:
        self._jobs.labels(kind, became.value).observe(seconds)

    def nudge_lost(self, queue: Queue) -> None:
        self._nudges_lost.labels(queue.value).inc()

    def see(self, health: Health) -> None:
        """Take over what is looked at only when somebody asks."""
        self._up.set(health.condition is not Condition.DOWN)
        self._waiting.set(health.undecided)
        self._retention.set(health.retention_alarms)
        self._refused.set(sum(size.entries for size in health.quarantines))
        self._overflowed.set(sum(size.alarm for size in health.quarantines))
        self._task_queue_up.set(health.task_queue.reachable)
        if health.store.position is not None:
            self._position.set(health.store.position)
        self._connections.labels("in_use").set(health.store.connections)
        self._connections.labels("most").set(health.store.most_connections)
        for projection in health.projections:
            for name, value in _of_projection(projection, health.now).items():
                self._projections[name].labels(projection.name).set(value)
        for backlog in health.queues:
            self._jobs_now.labels(backlog.queue.value, "due").set(backlog.due)
            self._jobs_now.labels(backlog.queue.value, "running").set(backlog.running)
            self._jobs_now.labels(backlog.queue.value, "dead").set(backlog.dead)
            self._jobs_wait.labels(backlog.queue.value).set(_seconds(backlog.waits(health.now)))
        self._bus_up.set(health.bus.reachable)
        self._bus_events.set(health.bus.events or 0)
        for gauge in self._groups.values():
            gauge.clear()  # of those that were removed
        for group in health.groups:
            for name, number in _of_group(group, health.now).items():
                self._groups[name].labels(group.name).set(number)

    def share(self, folder: Path) -> SharedMeasurements:
        """From now on, tell what all processes that share a folder have measured, not this one alone."""
        self._shared = SharedMeasurements(folder, self.registry, _OF_EACH_PROCESS)
        return self._shared

    def exposition(self) -> bytes:
        """Return everything in the text format of Prometheus."""
        return generate_latest(self._shared or self.registry)


def _seconds(waits: int | None) -> float:
    return (waits or 0) / SECOND


def _of_group(group: BusGroup, now: int) -> Mapping[str, float]:
    return {
        "lag_events": group.lag,
        "lag_seconds": _seconds(group.waits(now)),
        "owned": group.owner is not None,
        "dead_letters": group.dead_letters,
    }


def _of_projection(status: ProjectionStatus, now: int) -> Mapping[str, float]:
    return {
        "lag_events": status.lag,
        "lag_seconds": _seconds(status.waits(now)),
        "paused": status.state is ProjectionState.PAUSED,
        "owned": status.owner is not None,
        "failures": status.failures,
        "set_aside_events": status.set_aside,
    }
