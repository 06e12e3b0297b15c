"""The store as a whole: its life, its schema, and its upkeep."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """What the store says of itself."""

    dialect: str
    reachable: bool
    schema_version: str | None
    schema_wanted: str
    position: int | None
    detail: str | None = None
    connections: int = 0
    """In use just now…"""
    most_connections: int = 0
    """…of this many; 0 where there is no pool."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long piece of upkeep has come."""

    done: int
    total: int
    differences: tuple[str, ...] = ()
    """Newly found by `verify`, as sentences; none means equal so far."""


class Store(Protocol):
    """Opens, migrates, checks and closes the store."""

    @abstractmethod
    async def open(self) -> None:
        """Connect. Raises StoreUnavailable; SchemaMismatch unless the schema is the wanted one."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of every connection."""

    @abstractmethod
    async def migrate(self) -> None:
        """Bring the schema to the wanted version."""

    @abstractmethod
    async def health(self) -> StoreHealth:
        """Look at the store; never raises."""

    @abstractmethod
    async def keep(self) -> None:
        """Regular upkeep: partitions made ahead, old intake counts and expired sessions cleared away."""


class Rollups(Protocol):
    """The projection that answers most questions: sums per quarter-hour, hour and day."""

    @abstractmethod
    async def advance(self, limit: int) -> int:
        """
        Take in up to `limit` events beyond the cursor; effect and cursor in one transaction. Returns how many.

        Safe to call from several processes at once: one wins, the others return 0.
        """

    @abstractmethod
    async def consolidate(self, limit: int) -> int:
        """
        Add up beforehand up to `limit` days, weeks and months that are over; return how many were.

        Answers are the same before and after, only quicker. What gets another event is added up anew.
        """

    @abstractmethod
    def rebuild(self) -> AsyncIterator[Progress]:
        """Make every rollup anew from the log while the service runs, then switch over in one transaction."""

    @abstractmethod
    def verify(self) -> AsyncIterator[Progress]:
        """Recount every rollup from the raw events and report each difference."""
