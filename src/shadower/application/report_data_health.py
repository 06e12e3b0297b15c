"""Report what comes into a workspace, what is refused, and how far everything behind the log is."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from shadower.application.ports.clock import Clock
from shadower.application.ports.event_log import IntakeCount
from shadower.application.ports.projection_cursors import ProjectionStatus
from shadower.application.ports.snapshot import OpenSnapshot
from shadower.application.ports.work import BeginWork, Work
from shadower.application.read_retention import RetentionStatus, retention_status
from shadower.application.registered_projections import RegisteredProjections
from shadower.domain.bus.group import BusGroup
from shadower.domain.events.event import Outcome, WorkspaceId
from shadower.domain.events.moments import DAY, HOUR, MINUTE
from shadower.domain.keys.key import KeyId
from shadower.domain.quarantine.entry import EntryState, QuarantineEntry, QuarantineSize

SAMPLES = 3
"""Open entries shown of each code."""
MOST_KEYS = 1_000

Outcomes = Mapping[Outcome, int]


@dataclass(frozen=True, slots=True)
class Minute:
    """What came in during one minute."""

    start: int
    """Micros."""
    outcomes: Outcomes


@dataclass(frozen=True, slots=True)
class Refusals:
    """What was refused with one code in the last 24 hours."""

    code: str
    events: int
    samples: Sequence[QuarantineEntry]


@dataclass(frozen=True, slots=True)
class Origin:
    """Who sends: one key and source."""

    source: str
    key: KeyId | None
    key_name: str | None
    last_received_at: int
    """Micros."""
    events: int


@dataclass(frozen=True, slots=True)
class DataHealth:
    """All of it as of one moment."""

    now: int
    """Micros."""
    rate: Sequence[Minute]
    """The last 60 minutes, the running one included; minutes without events too."""
    totals: Outcomes
    """Of the last 24 hours."""
    refusals: Sequence[Refusals]
    projections: Sequence[ProjectionStatus]
    groups: Sequence[BusGroup]
    """With the dead letters of this workspace alone."""
    origins: Sequence[Origin]
    """The one heard from last comes first."""
    quarantine: QuarantineSize
    retention: RetentionStatus


class ReportDataHealth:
    """Raises StoreUnavailable."""

    def __init__(
        self, open_snapshot: OpenSnapshot, begin: BeginWork, projections: RegisteredProjections, clock: Clock
    ) -> None:
        self._open = open_snapshot
        self._begin = begin
        self._projections = projections
        self._clock = clock

    async def __call__(self, workspace: WorkspaceId) -> DataHealth:
        """Return the report."""
        now = self._clock.now()
        async with self._open(workspace) as snapshot:
            intake = await snapshot.intake(now - DAY)
            last = await snapshot.last_intake()
            removed = snapshot.removed
        refused = _refused(intake)
        async with self._begin(reading=True) as work:
            samples = {code: await _samples(work, workspace, code) for code in refused}
            projections = await work.projections.statuses(self._projections.names)
            groups, letters = await work.bus_groups.statuses(), await work.dead_letters.counts(workspace)
            names = {key.id: key.name for key in await work.keys.list(workspace, MOST_KEYS)}
            size = await work.quarantine.size(workspace)
            retention = await retention_status(work, workspace, removed, now)
        return DataHealth(
            now,
            _per_minute(intake, now),
            _outcomes(intake),
            [Refusals(code, events, samples[code]) for code, events in refused.items()],
            projections,
            [replace(group, dead_letters=letters.get(group.name, 0)) for group in groups],
            _origins(last, names),
            size,
            retention,
        )


async def _samples(work: Work, workspace: WorkspaceId, code: str) -> Sequence[QuarantineEntry]:
    return await work.quarantine.list(workspace, code=code, start=None, end=None, state=EntryState.OPEN, limit=SAMPLES)


def _refused(intake: Iterable[IntakeCount]) -> dict[str, int]:
    """Count by code, most first."""
    counted: Counter[str] = Counter()
    for count in intake:
        if count.code:
            counted[count.code] += count.events
    return dict(counted.most_common())


def _outcomes(intake: Iterable[IntakeCount]) -> Outcomes:
    counted: Counter[Outcome] = Counter(dict.fromkeys(Outcome, 0))
    for count in intake:
        counted[count.outcome] += count.events
    return counted


def _per_minute(intake: Sequence[IntakeCount], now: int) -> Sequence[Minute]:
    running = now // MINUTE * MINUTE
    starts = range(running - HOUR + MINUTE, running + MINUTE, MINUTE)
    by_minute: dict[int, list[IntakeCount]] = {start: [] for start in starts}
    for count in intake:
        if count.minute in by_minute:
            by_minute[count.minute].append(count)
    return [Minute(start, _outcomes(counts)) for start, counts in by_minute.items()]


def _origins(last: Iterable[IntakeCount], names: Mapping[KeyId, str]) -> Sequence[Origin]:
    origins = [
        Origin(
            count.source, count.key, None if count.key is None else names.get(count.key), count.last_at, count.events
        )
        for count in last
    ]
    return sorted(origins, key=lambda origin: -origin.last_received_at)
