"""The store's regular upkeep."""

from typing import ClassVar

from shadower.application.ports.store import Store
from shadower.application.ports.task import JobContext, Payload, Task
from shadower.domain.jobs.job import Queue


class KeepStore(Task):
    """Partitions are made ahead, and what is past its time is cleared away."""

    kind: ClassVar[str] = "store.keep"
    title: ClassVar[str] = "Look after the store"
    queue: ClassVar[Queue] = Queue.AGGREGATION

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, payload: Payload, context: JobContext) -> None:  # noqa: ARG002 - there is nothing to say
        """Do it once."""
        await self._store.keep()
