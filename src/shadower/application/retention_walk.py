"""A walk through the events of one workspace, step by step, to count or to remove those whose term has passed."""

import asyncio
from collections.abc import AsyncIterator, Collection
from time import perf_counter

from shadower.application.ports.retention import EventRemoval, Reach
from shadower.domain.events.event import WorkspaceId
from shadower.domain.retention.run import RunId

LARGEST_STEP = 2_000
"""Events looked at in one transaction: larger steps touch each page less often, and hold the writer longer."""
LARGEST_LOOK = 20_000
"""Events looked at in one reading, to count them."""


class RetentionWalk:
    """Knows how far it has come, also when it ends early."""

    def __init__(
        self,
        removal: EventRemoval,
        workspace: WorkspaceId,
        before: int,
        readers: Collection[str],
        groups: Collection[str] = (),
    ) -> None:
        """`before` in micros; `readers` are the projections that events wait for, `groups` those of the event bus."""
        self._removal = removal
        self._workspace = workspace
        self._before = before
        self._readers = frozenset(readers)
        self._groups = frozenset(groups)
        self.removed = 0
        self.waiting = 0
        """Events left until every projection and every group has taken them in…"""
        self.waited_for: set[str] = set()
        """…and those that have not."""

    async def count(self) -> int:
        """Return how many events there are whose term has passed. Raises StoreUnavailable, QueryTimeout."""
        reach = self._reach(LARGEST_LOOK)
        step = await self._removal.count(reach)
        counted = step.events
        while step.next is not None:
            step = await self._removal.count(reach, step.next)
            counted += step.events
        return counted

    async def remove(self, run: RunId) -> AsyncIterator[int]:
        """Remove them and yield after each step how many are gone. Raises as `count`."""
        reach = self._reach(LARGEST_STEP)
        after = None
        while True:
            began = perf_counter()
            step = await self._removal.remove(run, reach, after)
            self.removed += step.events
            self.waiting += step.waiting
            self.waited_for |= step.waited_for
            yield self.removed
            if step.next is None:
                return
            after = step.next
            # Others who want to write get at least as much time as this took.
            await asyncio.sleep(perf_counter() - began)

    def _reach(self, limit: int) -> Reach:
        return Reach(self._workspace, self._before, limit, self._readers, self._groups)
