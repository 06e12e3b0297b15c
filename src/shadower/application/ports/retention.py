"""Retention: removing events whose term has passed, and the record of it."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shadower.application.ports.snapshot import Place
from shadower.domain.events.event import WorkspaceId
from shadower.domain.retention.run import RetentionRun, RunId


@dataclass(frozen=True, slots=True)
class Reach:
    """Which events a walk is about, and how many of them a step looks at."""

    workspace: WorkspaceId
    before: int
    """Micros: those received before this."""
    limit: int
    readers: frozenset[str] = frozenset()
    """Projections that an event waits for. For the rollups, it waits in any case."""
    groups: frozenset[str] = frozenset()
    """Groups of the event bus that it waits for as well."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step found on its way through the events of a workspace."""

    events: int
    """How many it counted or removed."""
    next: Place | None
    """Where the next step goes on; None when there is no more to look at."""
    waiting: int = 0
    """How many it left because a projection or a group has not taken them in yet…"""
    waited_for: frozenset[str] = frozenset()
    """…and which these are: the names of projections, and `group NAME` for groups."""


def group_named(group: str) -> str:
    """Return how a group is told apart from projections."""
    return f"group {group}"


class EventRemoval(Protocol):
    """
    Removes events, with what they add up to kept: sealed, so that answers, `verify` and `rebuild` go on as before.

    A walk through a workspace goes by (occurred_at, position), some thousands of events a step. It relies on what
    admission sees to: nothing occurs more than a day after it is received.
    """

    @abstractmethod
    async def count(self, reach: Reach, after: Place | None = None) -> Step:
        """Count the events in reach among the next ones beyond `after`. Changes nothing."""

    @abstractmethod
    async def remove(self, run: RunId, reach: Reach, after: Place | None = None) -> Step:
        """
        Remove the events in reach among the next ones beyond `after`.

        In one transaction: the events and their identities go, what they add up to is sealed, and they are counted in
        the run. An event that a reader or a group has not taken in stays. Snapshots that are open keep what they see.
        Several may remove at once: each event is removed and sealed once. Raises StoreUnavailable, QueryTimeout.
        """

    @abstractmethod
    async def drop_partitions(self, before: int) -> Sequence[str] | None:
        """
        Drop the partitions for arrivals before (micros) that hold nothing any more; return their names.

        One that somebody is using all the time stays for another day. None where a store has no partitions.
        """


class Retention(Protocol):
    """The record of what retention did."""

    @abstractmethod
    async def begin(self, workspace: WorkspaceId | None, before: int, at: int, *, dry_run: bool) -> RetentionRun:
        """Return a new run with its number; without a workspace, over the store itself."""

    @abstractmethod
    async def save(self, run: RetentionRun) -> None:
        """Write how the run stands."""

    @abstractmethod
    async def list(
        self, workspace: WorkspaceId | None, limit: int, before: RunId | None = None
    ) -> Sequence[RetentionRun]:
        """Return runs over the workspace (None: over the store itself), newest first, dry ones included."""

    @abstractmethod
    async def unfinished(self) -> Sequence[RetentionRun]:
        """Return every run that has not told how it ended."""

    @abstractmethod
    async def latest(self) -> Sequence[RetentionRun]:
        """Return the newest run of each workspace, and of the store itself, that was more than a dry one."""

    @abstractmethod
    async def forget(self, before: int) -> None:
        """Drop the record of runs that began before (micros)."""
