"""How the data and the service are, as it is answered."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from shadower.application.ports.cache import CacheFigures
from shadower.application.ports.jobs import Backlog
from shadower.application.ports.projection_cursors import ProjectionStatus
from shadower.application.report_data_health import DataHealth, Minute, Origin, Refusals
from shadower.application.report_health import Health
from shadower.domain.bus.group import BusGroup
from shadower.domain.events.event import Outcome
from shadower.domain.events.moments import HOUR
from shadower.domain.jobs.job import Queue
from shadower.entrypoints.http.wire.quarantine_out import EntryOut, SizeOut, entry_out, size_out
from shadower.entrypoints.http.wire.retention_out import RetentionOut, retention_out
from shadower.entrypoints.http.wire.times import utc, utc_or_none


class TotalsOut(Struct, frozen=True):
    """What came in during the last 24 hours."""

    received: int
    stored: int
    duplicates: int
    conflicts: int
    rejected: int


class MinuteOut(Struct, frozen=True):
    """What came in during one minute."""

    start: str
    stored: int
    duplicates: int
    conflicts: int
    rejected: int


class RateOut(Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """The last hour by minute, the running one last."""

    start: str
    end: str
    points: Sequence[MinuteOut]


class SampleOut(Struct, frozen=True):
    """
    An entry of the quarantine. `sent` is what came, and `message` may quote it.

    Both may hold secrets, and are null for keys without the scope admin.
    """

    id: int
    field: str | None
    message: str | None
    sent: str | None
    source: str | None
    count: int
    first_seen_at: str
    last_seen_at: str
    projection: str | None


class RefusalsOut(Struct, frozen=True):
    """What was refused with one code in the last 24 hours, with the newest open entries of it."""

    code: str
    count: int
    samples: Sequence[SampleOut]


class ProjectionOut(Struct, frozen=True):
    """
    How far a projection follows the log: `lag` events behind, the oldest of which waits for `lag_ms`.

    `owner` is the process that runs it; null when none does. `failures` counts the steps in a row that failed, and
    `set_aside` the events it could not take that wait in the quarantine.
    """

    name: str
    state: str
    lag: int
    lag_ms: int | None
    position: int
    head: int
    moved_at: str | None
    owner: str | None
    failures: int
    last_error: str | None
    last_error_at: str | None
    set_aside: int


class QueueOut(Struct, frozen=True):
    """
    How many jobs of one queue are due, run and are dead.

    The one that waits longest could have run `waiting_ms` ago; dead ones are those that nobody has retried yet.
    """

    queue: Queue
    due: int
    running: int
    waiting_ms: int | None
    dead: int


class GroupOut(Struct, frozen=True):
    """
    How far a group has come on the event bus: as a projection.

    `owner` is the process that serves it, `outside` for a program that reads the bus by itself; null when nobody does.
    `dead_letters` counts the events it could not handle.
    """

    name: str
    lag: int
    lag_ms: int | None
    position: int
    head: int
    moved_at: str | None
    owner: str | None
    dead_letters: int


class OriginOut(Struct, frozen=True):
    """Who sends: one key and source, and the last event of it that was stored."""

    source: str
    key_id: int | None
    key_name: str | None
    last_received_at: str
    events: int


class DataHealthOut(Struct, frozen=True):
    """What comes in, what is refused, and how far everything behind the log is."""

    fresh_to: str
    rate: RateOut
    totals: TotalsOut
    rejects: Sequence[RefusalsOut]
    projections: Sequence[ProjectionOut]
    groups: Sequence[GroupOut]
    sources: Sequence[OriginOut]
    quarantine: SizeOut
    retention: RetentionOut


class HealthOut(Struct, frozen=True, omit_defaults=True):
    """`ok`, `degraded` or `down`; the rest is told to keys with the scope read."""

    status: str
    store: Mapping[str, Any] | None = None
    projections: Sequence[ProjectionOut] | None = None
    queues: Sequence[QueueOut] | None = None
    task_queue: Mapping[str, Any] | None = None
    bus: Mapping[str, Any] | None = None
    groups: Sequence[GroupOut] | None = None
    undecided_events: int | None = None
    retention_alarms: int | None = None
    cache: Mapping[str, Any] | None = None


def data_health_out(report: DataHealth, quarantine_limit: int, *, bytes_too: bool) -> DataHealthOut:
    """Return the report as it is answered, with or without what was sent."""
    return DataHealthOut(
        utc(report.now),
        RateOut(utc(report.now - HOUR), utc(report.now), [_minute(minute) for minute in report.rate]),
        TotalsOut(sum(report.totals.values()), *_counts(report.totals)),
        [_refusals(refusals, bytes_too=bytes_too) for refusals in report.refusals],
        [projection_out(projection, report.now) for projection in report.projections],
        [group_out(group, report.now) for group in report.groups],
        [_origin(origin) for origin in report.origins],
        size_out(report.quarantine, quarantine_limit),
        retention_out(report.retention),
    )


def health_out(health: Health, *, details: bool) -> HealthOut:
    """Return how the service is, with or without why."""
    if not details:
        return HealthOut(health.condition)
    store = health.store
    return HealthOut(
        health.condition,
        {
            "dialect": store.dialect,
            "reachable": store.reachable,
            "schema_version": store.schema_version,
            "schema_wanted": store.schema_wanted,
            "position": store.position,
            "detail": store.detail,
            "connections": store.connections,
            "most_connections": store.most_connections,
        },
        [projection_out(projection, health.now) for projection in health.projections],
        [_queue(queue, health.now) for queue in health.queues],
        {
            "technology": health.task_queue.technology,
            "reachable": health.task_queue.reachable,
            "detail": health.task_queue.detail,
        },
        {
            "technology": health.bus.technology,
            "reachable": health.bus.reachable,
            "events": health.bus.events,
            "detail": health.bus.detail,
        },
        [group_out(group, health.now) for group in health.groups],
        health.undecided,
        health.retention_alarms,
        _cache(health.cache),
    )


def _cache(cache: CacheFigures) -> Mapping[str, Any]:
    return {
        "hits": cache.hits,
        "misses": cache.misses,
        "entries": cache.hot_entries,
        "bytes": cache.hot_bytes,
        "evictions": cache.evictions,
        "warm_tier": cache.warm,
        "warm_tier_up": cache.warm_up if cache.warm is not None else None,
        "warm_tier_bytes": cache.warm_bytes,
        "detail": cache.detail,
    }


def projection_out(status: ProjectionStatus, now: int) -> ProjectionOut:
    """Return how far a projection is."""
    return ProjectionOut(
        status.name,
        status.state,
        status.lag,
        _millis(status.waits(now)),
        status.cursor,
        status.head,
        utc_or_none(status.moved_at),
        status.owner,
        status.failures,
        status.last_error,
        utc_or_none(status.last_error_at),
        status.set_aside,
    )


def _queue(backlog: Backlog, now: int) -> QueueOut:
    return QueueOut(backlog.queue, backlog.due, backlog.running, _millis(backlog.waits(now)), backlog.dead)


def group_out(group: BusGroup, now: int) -> GroupOut:
    """Return how far a group is."""
    return GroupOut(
        group.name,
        group.lag,
        _millis(group.waits(now)),
        group.acknowledged,
        group.head,
        utc_or_none(group.moved_at),
        group.owner,
        group.dead_letters,
    )


def _millis(waits: int | None) -> int | None:
    return None if waits is None else waits // 1000


def _counts(outcomes: Mapping[Outcome, int]) -> tuple[int, ...]:
    return tuple(outcomes[outcome] for outcome in Outcome)


def _minute(minute: Minute) -> MinuteOut:
    return MinuteOut(utc(minute.start), *_counts(minute.outcomes))


def _refusals(refusals: Refusals, *, bytes_too: bool) -> RefusalsOut:
    samples = [_sample(entry_out(entry), bytes_too=bytes_too) for entry in refusals.samples]
    return RefusalsOut(refusals.code, refusals.events, samples)


def _sample(entry: EntryOut, *, bytes_too: bool) -> SampleOut:
    return SampleOut(
        entry.id,
        entry.field,
        entry.message if bytes_too else None,
        entry.sent if bytes_too else None,
        entry.source,
        entry.count,
        entry.first_seen_at,
        entry.last_seen_at,
        entry.projection,
    )


def _origin(origin: Origin) -> OriginOut:
    return OriginOut(origin.source, origin.key, origin.key_name, utc(origin.last_received_at), origin.events)
