"""The unit of work: what is changed inside one becomes visible together at `commit`, or never."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from shadower.application.ports.bus_groups import BusGroups
from shadower.application.ports.dead_letters import DeadLetters
from shadower.application.ports.jobs import Jobs
from shadower.application.ports.outbox import Outbox
from shadower.application.ports.projection_cursors import Projections
from shadower.application.ports.read_models import ReadModels
from shadower.application.ports.retention import Retention
from shadower.application.ports.schedules import Schedules
from shadower.domain.events.event import WorkspaceId
from shadower.domain.keys.key import ApiKey, KeyId, Scope
from shadower.domain.quarantine.entry import EntryId, EntryState, QuarantineEntry, QuarantineSize, RefusedEvent
from shadower.domain.workspaces.workspace import Weekday, Workspace


class Workspaces(Protocol):
    """The tenants."""

    @abstractmethod
    async def add(self, slug: str, name: str, time_zone: str, first_weekday: Weekday, created_at: int) -> Workspace:
        """Return the new workspace with its number. Raises WorkspaceAlreadyExists at once, never at commit."""

    @abstractmethod
    async def get(self, workspace: WorkspaceId) -> Workspace:
        """Return a private copy, locked until the unit of work ends. Raises WorkspaceNotFound."""

    @abstractmethod
    async def find(self, slug: str) -> Workspace | None:
        """Return the workspace of this slug."""

    @abstractmethod
    async def save(self, workspace: Workspace) -> None:
        """Write the changed name, time zone, first weekday and term."""

    @abstractmethod
    async def all(self) -> Sequence[Workspace]:
        """Return every workspace, by slug."""


class Keys(Protocol):
    """API keys. Never a key itself, only its digest."""

    @abstractmethod
    async def add(
        self, workspace: WorkspaceId, name: str, digest: bytes, prefix: str, scopes: frozenset[Scope], created_at: int
    ) -> ApiKey:
        """Return the new key with its number. A digest that is there already returns that key unchanged."""

    @abstractmethod
    async def find_by_digest(self, digest: bytes) -> ApiKey | None:
        """Return the key, revoked or not."""

    @abstractmethod
    async def get(self, workspace: WorkspaceId, key: KeyId) -> ApiKey:
        """Raises KeyNotFound, also for a key of another workspace."""

    @abstractmethod
    async def list(self, workspace: WorkspaceId, limit: int, after: KeyId | None = None) -> Sequence[ApiKey]:
        """Return keys in the order they were made, revoked ones included."""

    @abstractmethod
    async def revoke(self, key: KeyId, at: int) -> None:
        """Revoke the key; a second time changes nothing. Its browser sessions end with it."""

    @abstractmethod
    async def touch(self, used: dict[KeyId, int]) -> None:
        """Record when keys were last used (micros); never moves back."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A browser session. Times in micros."""

    digest: bytes
    key: KeyId
    created_at: int
    expires_at: int


class SignIns(Protocol):
    """Browser sessions, each standing for the key it was opened with."""

    @abstractmethod
    async def add(self, sign_in: SignIn) -> None:
        """Record a session; those that expired by its `created_at` are cleared away on the occasion."""

    @abstractmethod
    async def find(self, digest: bytes) -> tuple[SignIn, ApiKey] | None:
        """Return the session, expired or not, and its key; None once the key is revoked."""

    @abstractmethod
    async def remove(self, digest: bytes) -> None:
        """End the session; none there is fine."""


class Quarantine(Protocol):
    """
    Refused events, which enter through `EventLog.append`, and events of the log that a projection could not take.

    Repeats of the same bytes and code collapse into one entry, whose count and last sight move on; an entry that was
    replayed is open again. The bytes kept, those of replayed entries included, are bounded per workspace: a new entry
    that does not fit is not kept, only counted as overflowed.
    """

    @abstractmethod
    async def get(self, workspace: WorkspaceId, entry: EntryId) -> QuarantineEntry:
        """Return a private copy, locked until the unit of work ends. Raises QuarantineEntryNotFound."""

    @abstractmethod
    async def list(
        self,
        workspace: WorkspaceId,
        *,
        code: str | None,
        start: int | None,
        end: int | None,
        state: EntryState | None,
        limit: int,
        before: EntryId | None = None,
    ) -> Sequence[QuarantineEntry]:
        """Return entries, newest first by id, last seen within [start, end)."""

    @abstractmethod
    async def mark_replayed(self, entry: EntryId, at: int, event_id: str) -> None:
        """Take the entry out of the open ones; the original stays on record."""

    @abstractmethod
    async def remove(self, workspace: WorkspaceId, entry: EntryId) -> None:
        """Drop the entry for good. Raises QuarantineEntryNotFound."""

    @abstractmethod
    async def set_aside(self, workspace: WorkspaceId, refused: RefusedEvent, at: int) -> None:
        """
        Keep an event of the log for the projection that could not take it.

        Raises QuarantineFull when it does not fit: what was accepted is never only counted.
        """

    @abstractmethod
    async def size(self, workspace: WorkspaceId) -> QuarantineSize:
        """Return how full it is."""

    @abstractmethod
    async def sizes(self) -> Mapping[WorkspaceId, QuarantineSize]:
        """Return how full that of each workspace is of which anything was ever refused."""

    @abstractmethod
    async def acknowledge_overflow(self, workspace: WorkspaceId) -> None:
        """Set the count of entries not kept back to zero: somebody has seen the alarm."""


class Work(Protocol):
    """One unit of work."""

    workspaces: Workspaces
    keys: Keys
    sign_ins: SignIns
    quarantine: Quarantine
    projections: Projections
    read_models: ReadModels
    retention: Retention
    jobs: Jobs
    schedules: Schedules
    bus_groups: BusGroups
    dead_letters: DeadLetters
    outbox: Outbox

    @abstractmethod
    async def commit(self) -> None:
        """Make everything done in this unit visible and durable. Raises StoreUnavailable."""


class BeginWork(Protocol):
    """Opens a unit of work; leaving it without `commit` discards everything. Raises StoreUnavailable."""

    def __call__(self, *, reading: bool = False) -> AbstractAsyncContextManager[Work]:
        """Return a fresh unit of work; one only for `reading` never waits for those that write."""
