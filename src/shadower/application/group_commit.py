"""Group commit: requests that arrive while a commit is in flight share the next one."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from time import perf_counter

from shadower.application.ports.event_log import Batch, EventLog
from shadower.application.ports.meter import Meter
from shadower.domain.errors import Overloaded, Unavailable
from shadower.domain.events.event import Outcome

MOST_WAITING = 50_000
"""Events accepted and undecided before callers are asked to come back."""
LARGEST_GROUP = 10_000
"""Events in one transaction; a single larger request still goes through alone."""

_Waiting = tuple[Batch, "asyncio.Future[Sequence[Outcome]]"]


class GroupCommit:
    """
    Appends batches to the log, many to a transaction.

    Each caller hears back only after the commit that holds its events. A batch that makes a group fail is found by
    committing each of the group alone, so its neighbours do not suffer.
    """

    def __init__(
        self, log: EventLog, meter: Meter, *, most_waiting: int = MOST_WAITING, largest_group: int = LARGEST_GROUP
    ) -> None:
        self._log = log
        self._meter = meter
        self._most_waiting = most_waiting
        self._largest_group = largest_group
        self._queue: deque[_Waiting] = deque()
        self._undecided = 0
        self._worker: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def undecided(self) -> int:
        """Events accepted and not yet decided, the group in flight included."""
        return self._undecided

    async def submit(self, batch: Batch) -> Sequence[Outcome]:
        """Return the outcome of each event, durable. Raises Overloaded, StoreUnavailable."""
        weight = _weight(batch)
        if self._closed or (self._undecided and self._undecided + weight > self._most_waiting):
            raise Overloaded("More events are waiting than can be taken in; send again shortly.", retry_after=1)
        decided: asyncio.Future[Sequence[Outcome]] = asyncio.get_running_loop().create_future()
        self._queue.append((batch, decided))
        self._undecided += weight
        self._meter.waiting(self._undecided)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name="group-commit")
        return await decided

    async def close(self, within: float) -> bool:
        """Take nothing more, finish what was accepted, and tell whether that was done within the time (seconds)."""
        self._closed = True
        if self._worker is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._worker), within)
        return not self._undecided

    async def _work(self) -> None:
        # Let every request that is ready join the first group as well.
        await asyncio.sleep(0)
        while self._queue:
            group = self._take()
            await self._commit(group)
            self._undecided -= sum(_weight(batch) for batch, _ in group)
            self._meter.waiting(self._undecided)
        self._worker = None

    def _take(self) -> list[_Waiting]:
        group = [self._queue.popleft()]
        events = _weight(group[0][0])
        while self._queue and events + _weight(self._queue[0][0]) <= self._largest_group:
            group.append(self._queue.popleft())
            events += _weight(group[-1][0])
        return group

    async def _commit(self, group: Sequence[_Waiting]) -> None:
        began = perf_counter()
        try:
            outcomes = await self._log.append([batch for batch, _ in group])
        except Unavailable as error:
            _fail(group, error)
        except Exception as error:  # noqa: BLE001 - told to the callers, after their neighbours are set apart
            if len(group) == 1:
                _fail(group, error)
                return
            for waiting in group:
                await self._commit([waiting])
        else:
            self._meter.committed(len(group), sum(_weight(batch) for batch, _ in group), perf_counter() - began)
            for (_, decided), outcome in zip(group, outcomes, strict=True):
                if not decided.done():
                    decided.set_result(outcome)


def _weight(batch: Batch) -> int:
    return len(batch.events) + len(batch.refused)


def _fail(group: Sequence[_Waiting], error: Exception) -> None:
    for _, decided in group:
        if not decided.done():
            decided.set_exception(error)
