"""
Telling what happened before: the month before the demo was born, and whatever happened while it was not running.

The month is told backwards, a day at a time, so that the latest days are there first. What is in the store says how far
the story goes; what is told twice is recognised as the same.
"""

import asyncio
from collections.abc import Callable, Iterator
from time import monotonic

import msgspec

from shadower.application.ingest_events import Submission
from shadower.application.ports.snapshot import Criteria, Order
from shadower.domain.events.filters import one_of
from shadower.domain.events.moments import DAY, MINUTE
from shadower.domain.workspaces.workspace import Workspace
from shadower.entrypoints.container import Container
from shadower.entrypoints.demo.rhythm import MONTH
from shadower.entrypoints.demo.simulation import LONGEST_SESSION, Simulation
from shadower.entrypoints.reading.sent import EventIn

BATCH = 500
"""Events at a time: who looks at a page meanwhile need not wait long."""
DAYS = MONTH // DAY
AGAIN = 2
"""The day that was being told when the demo stopped may be incomplete, as may the one it spills into."""


class Past:
    """The past of one company."""

    def __init__(self, container: Container, workspace: Workspace, simulation: Simulation) -> None:
        self._container = container
        self._workspace = workspace
        self._simulation = simulation
        self._born = workspace.created_at // MINUTE * MINUTE
        self.days_told = 0
        """Of the month before the birth, counted backwards."""

    async def catch_up(self, now: int) -> None:
        """Tell what happened from the latest event in the store, or from the birth, until now (micros)."""
        latest = await self._edge(Order.NEWEST)
        start = self._born if latest is None else max(latest, self._born, now - MONTH) // MINUTE * MINUTE
        await self._tell(start - LONGEST_SESSION, now, lambda at: start - LONGEST_SESSION <= at <= now)
        oldest = await self._edge(Order.OLDEST)
        if oldest is not None and oldest < self._born:
            self.days_told = max((self._born - oldest) // DAY + 1 - AGAIN, 0)

    @property
    def has_gaps(self) -> bool:
        """Whether days are still to come, as far as can be seen from the oldest event that was found."""
        return self.days_told < DAYS - AGAIN

    async def tell_days(self, until: int, *, at_leisure: bool = False) -> None:
        """Tell days further and further back, until so many are told; `at_leisure` leaves half the time to others."""
        while self.days_told < min(until, DAYS):
            end = self._born - self.days_told * DAY
            await self._tell(end - DAY, end, lambda at: at <= self._born, at_leisure=at_leisure)
            self.days_told += 1

    async def _edge(self, order: Order) -> int | None:
        criteria = Criteria({"source": one_of(self._simulation.company.source)})
        async with self._container.snapshot()(self._workspace.id) as snapshot:
            found = await snapshot.events(criteria, order, 1)
        return found[0].event.occurred_at if found else None

    async def _tell(self, start: int, end: int, wanted: Callable[[int], bool], *, at_leisure: bool = False) -> None:
        """One batch is recorded while the next is made up."""
        began = monotonic()
        async with asyncio.TaskGroup() as recording:
            under_way: asyncio.Task[None] | None = None
            for batch in self._batches(start, end, wanted):
                if under_way is not None:
                    await under_way
                under_way = recording.create_task(self._record(batch))
                await asyncio.sleep(monotonic() - began if at_leisure else 0)
                began = monotonic()

    def _batches(self, start: int, end: int, wanted: Callable[[int], bool]) -> Iterator[list[EventIn]]:
        told: list[EventIn] = []
        for minute in range(start, end, MINUTE):
            told += (what.event for what in self._simulation.minute(minute, live=False) if wanted(what.at))
            if len(told) >= BATCH:
                yield told
                told = []
        yield told

    async def _record(self, events: list[EventIn]) -> None:
        submission = Submission(events, lambda index: msgspec.json.encode(events[index]))
        await self._container.ingest_events()(self._workspace.id, None, submission)
