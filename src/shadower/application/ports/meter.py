"""What the running system tells its operators in numbers."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Protocol

from shadower.domain.events.event import Outcome
from shadower.domain.jobs.job import JobState, Queue


class Meter(Protocol):
    """Receives measurements. Never raises and never blocks."""

    @abstractmethod
    def committed(self, requests: int, events: int, seconds: float) -> None:
        """One group commit succeeded: how many requests and events it held, and how long it took."""

    @abstractmethod
    def waiting(self, events: int) -> None:
        """How many events are accepted and not yet decided."""

    @abstractmethod
    def decided(self, outcomes: Mapping[Outcome, int]) -> None:
        """One request was answered."""

    @abstractmethod
    def attempted(self, kind: str, became: JobState, seconds: float) -> None:
        """A worker is done with a job of this kind: what became of it, and how long that took."""

    @abstractmethod
    def nudge_lost(self, queue: Queue) -> None:
        """Workers of this queue could not be told of a job; the sweeper will."""
