"""Everything the store in memory holds."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Self

from shadower.adapters.memory.intake import Intake
from shadower.adapters.memory.records import Records
from shadower.adapters.memory.rows import Table
from shadower.adapters.memory.sealed import Sealed
from shadower.application.ports.clock import Clock
from shadower.application.ports.read_models import Document
from shadower.application.ports.schedules import Slot, Whose
from shadower.application.ports.work import SignIn
from shadower.domain.bus.dead_letter import DeadLetter, DeadLetterId
from shadower.domain.errors import StoreUnavailable
from shadower.domain.events.event import Position, RecordedEvent, WorkspaceId
from shadower.domain.jobs.job import Job, JobId
from shadower.domain.keys.key import ApiKey, KeyId
from shadower.domain.platform.act import ActId, KeptAct
from shadower.domain.projections.lease import ProjectionState
from shadower.domain.quarantine.entry import EntryId, QuarantineEntry, QuarantineSize
from shadower.domain.retention.run import RetentionRun, RunId
from shadower.domain.workspaces.workspace import Workspace

QUARANTINE_LIMIT = 64 * 1024 * 1024
"""Bytes kept per workspace."""
PATIENCE = 5.0
"""Seconds to wait for another unit of work."""


@dataclass(frozen=True, slots=True)
class ProjectionRow:
    """A cursor, and who may move it. Times in micros."""

    cursor: Position
    moved_at: int | None = None
    state: ProjectionState = ProjectionState.RUNNING
    owner: str | None = None
    token: int = 0
    expires_at: int | None = None
    failures: int = 0
    last_error: str | None = None
    last_error_at: int | None = None

    def is_held(self, now: int) -> bool:
        """Whether a lease is in force."""
        return self.expires_at is not None and self.expires_at > now

    def is_free(self, now: int) -> bool:
        """Whether somebody may acquire a lease."""
        return self.state is ProjectionState.RUNNING and not self.is_held(now)

    def taken_away(self) -> Self:
        """Return it with the lease ended, whoever has it."""
        return replace(self, owner=None, token=self.token + 1, expires_at=None)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A consumer group and its lease. Times in micros."""

    name: str
    acknowledged: Position
    moved_at: int | None
    owner: str | None = None
    token: int = 0
    expires_at: int = 0
    outside: bool = False
    incarnation: int = 0


@dataclass(slots=True)
class Tables:
    """What units of work change. Slugs and digests have tables of their own, whose locks keep them unique."""

    workspaces: Table[WorkspaceId, Workspace] = field(default_factory=Table)
    workspace_slugs: Table[str, WorkspaceId] = field(default_factory=Table)
    keys: Table[KeyId, ApiKey] = field(default_factory=Table)
    key_digests: Table[bytes, KeyId] = field(default_factory=Table)
    sign_ins: Table[bytes, SignIn] = field(default_factory=Table)
    quarantine: Table[EntryId, QuarantineEntry] = field(default_factory=Table)
    quarantine_digests: Table[tuple[WorkspaceId, bytes], EntryId] = field(default_factory=Table)
    quarantine_sizes: Table[WorkspaceId, QuarantineSize] = field(default_factory=Table)
    projections: Table[str, ProjectionRow] = field(default_factory=Table)
    documents: Table[tuple[str, WorkspaceId, str], Document] = field(default_factory=Table)
    retention_runs: Table[RunId, RetentionRun] = field(default_factory=Table)
    jobs: Table[JobId, Job] = field(default_factory=Table)
    job_keys: Table[tuple[WorkspaceId | None, str], JobId] = field(default_factory=Table)
    schedule_marks: Table[Whose, tuple[Whose, int]] = field(default_factory=Table)
    schedule_slots: Table[tuple[str, WorkspaceId | None, int], Slot] = field(default_factory=Table)
    bus_groups: Table[str, GroupRow] = field(default_factory=Table)
    dead_letters: Table[DeadLetterId, DeadLetter] = field(default_factory=Table)
    dead_letter_places: Table[tuple[str, Position], DeadLetterId] = field(default_factory=Table)
    outbox: Table[ActId, KeptAct] = field(default_factory=Table)


class MemoryState:
    """The log, what is derived from it as it grows, and the tables."""

    def __init__(self, clock: Clock, quarantine_limit: int = QUARANTINE_LIMIT, patience: float = PATIENCE) -> None:
        self.clock = clock
        self.quarantine_limit = quarantine_limit
        self.patience = patience
        self.is_open = False
        self.tables = Tables()
        self.workspace_numbers = count(1)
        """As in a database, a number that is not used in the end is not given again."""
        self.key_numbers = count(1)
        self.entry_numbers = count(1)
        self.run_numbers = count(1)
        self.events: dict[int, RecordedEvent] = {}
        """Position → event, ascending. Replaced, never changed, when events are removed."""
        self.head = Position(0)
        """The position of the newest event there ever was."""
        self.sealed: dict[WorkspaceId, Sealed] = {}
        """What events that were removed add up to."""
        self.job_numbers = count(1)
        self.letter_numbers = count(1)
        self.act_numbers = count(1)
        self.group_tokens = count(1)
        self.records: defaultdict[WorkspaceId, Records] = defaultdict(Records)
        self.intake: defaultdict[WorkspaceId, Intake] = defaultdict(Intake)
        self.moved_at: int | None = None
        """Micros: when the log last grew."""
        self.grown = asyncio.Event()
        """Set, and replaced by another, whenever the log grows."""
        self.appending = asyncio.Lock()

    def after(self, position: int) -> Iterator[RecordedEvent]:
        """Go through the events beyond a position, passing over those that have been removed."""
        return (self.events[place] for place in range(position + 1, self.head + 1) if place in self.events)

    def check_open(self) -> None:
        """Raise StoreUnavailable unless the store is open."""
        if not self.is_open:
            raise StoreUnavailable("The store in memory is not open.")
