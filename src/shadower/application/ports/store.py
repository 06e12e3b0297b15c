"""The store as a whole: its life, its schema, and its upkeep."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from shadower.application.ports.progress import Progress
from shadower.application.ports.projection import SelfSteppingProjection


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
        """
        Regular upkeep.

        Partitions are made ahead; old intake counts and runs, expired sessions, jobs and slots are cleared away.
        """


class Rollups(SelfSteppingProjection, Protocol):
    """The projection that answers most questions: sums per quarter-hour, hour and day."""

    name: str = "rollups"
    batch: int = 50_000
    """Larger steps touch each page less often, and hold the writer longer."""
    pause: float = 0.5
    """Answers are exact meanwhile: the tail is read from the log."""

    @abstractmethod
    async def consolidate(self, limit: int) -> int:
        """
        Add up beforehand up to `limit` days, weeks and months that are over; return how many were.

        Answers are the same before and after, only quicker. What gets another event is added up anew.
        """

    @abstractmethod
    def verify(self) -> AsyncIterator[Progress]:
        """Recount every rollup from the raw events and report each difference."""
