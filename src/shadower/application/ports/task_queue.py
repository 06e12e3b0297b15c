"""Telling workers of jobs, and being such workers. The rows are the truth; nothing here can lose a job."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from shadower.domain.errors import Unavailable
from shadower.domain.jobs.job import Queue

Run = Callable[[], Awaitable[None]]
"""Runs one job that was claimed, to its end. Never raises."""

Take = Callable[[], Awaitable[Run | None]]
"""Claims the first job that is due and returns what runs it; None when nothing is due. Never raises."""


class QueueUnavailable(Unavailable):
    """Workers could not be told; they find the job a little later by themselves."""

    code = "queue_unavailable"


@dataclass(frozen=True, slots=True)
class QueueHealth:
    """What can be said of the way to the workers."""

    technology: str
    reachable: bool
    detail: str | None = None
    """What is wrong."""


class TaskQueue(Protocol):
    """How workers are told that something waits."""

    @abstractmethod
    async def nudge(self, queue: Queue) -> None:
        """
        Tell one worker of the queue to take the first job that is due, once what is about to be found is committed.

        Nudges are all alike. A lost one is made up for by the sweeper, and one too many finds nothing to do.

        Raises QueueUnavailable.
        """

    @abstractmethod
    async def health(self) -> QueueHealth:
        """Look anew. Never raises."""

    async def close(self) -> None:
        """Let go of what nudges are sent with; none is sent after that. Never raises."""


class Workers(Protocol):
    """Who works off queues in this process."""

    @abstractmethod
    async def work(self, queue: Queue, concurrency: int, take: Take) -> None:
        """
        Take jobs whenever a nudge comes, at most so many at once, until cancelled.

        Cancelling waits for no job: whoever wants them to end well has `take` return None and waits before.
        """
