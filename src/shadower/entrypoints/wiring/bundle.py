"""What the technologies that the settings choose hand to the container."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol

from shadower.application.ports.event_log import EventLog
from shadower.application.ports.retention import EventRemoval
from shadower.application.ports.snapshot import OpenSnapshot
from shadower.application.ports.store import Rollups, Store
from shadower.application.ports.task_queue import TaskQueue, Workers
from shadower.application.ports.work import BeginWork


class Closing(Protocol):
    """What lets go of connections and files in the end."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of them."""


@dataclass(frozen=True, slots=True)
class StoreBundle:
    """One store in all its roles. Making it opens nothing: `store.open()` does."""

    store: Store
    log: EventLog
    snapshot: OpenSnapshot
    begin: BeginWork
    rollups: Rollups
    removal: EventRemoval


@dataclass(frozen=True, slots=True)
class QueueBundle:
    """Both ends of the way from who puts work off to who does it. Making it connects to nothing."""

    queue: TaskQueue
    workers: Workers
