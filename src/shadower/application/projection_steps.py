"""Steps of a projection under one lease: what is taken in, what is tried again, and what is set aside."""

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from shadower.application.delivery import deliver
from shadower.application.ports.clock import Clock
from shadower.application.ports.event_log import EventLog
from shadower.application.ports.projection import (
    OutsideProjection,
    Projection,
    SelfSteppingProjection,
    StoreProjection,
)
from shadower.application.ports.work import BeginWork, Work
from shadower.domain.errors import Unavailable
from shadower.domain.events.event import Position, RecordedEvent
from shadower.domain.projections.lease import Lease
from shadower.domain.projections.set_aside import EventSetAside, set_aside
from shadower.domain.projections.trial import Patience, Trial

_AWAY: Final = Patience(first_wait=0.5, longest_wait=5.0)
_UNWANTED_PAUSE: Final = 1.0
"""Seconds between two steps that only pass events by: nobody waits for them."""
_OWN_FAULT: Final = Patience(first_wait=2.0, longest_wait=60.0)


class Steps(Protocol):
    """One step after the other."""

    seen: Position
    """How far the log was looked at: past it there may be more."""

    @abstractmethod
    async def step(self) -> int:
        """Take in the next events and return how many. Raises whatever went wrong; LeaseLost is the end of it."""

    @abstractmethod
    def wait(self, error: Exception, failures: int) -> float:
        """Return after how many seconds to step again, after so many failures in a row."""


class SelfSteps(Steps):
    """Of a projection that reads the log itself."""

    def __init__(self, projection: SelfSteppingProjection, lease: Lease, log: EventLog) -> None:
        self._projection = projection
        self._lease = lease
        self._log = log
        self.seen = Position(0)

    async def step(self) -> int:
        # Looked at first: what comes in while the step is under way is not waited for.
        self.seen = await self._log.head()
        return await self._projection.advance(self._projection.batch, self._lease)

    def wait(self, error: Exception, failures: int) -> float:
        return (_AWAY if isinstance(error, Unavailable) else _OWN_FAULT).wait(failures)


@dataclass(frozen=True, slots=True)
class Means:
    """What steps need besides the projection."""

    log: EventLog
    begin: BeginWork
    clock: Clock
    patience: Patience


class LogSteps(Steps):
    """Of a projection that is handed the events, and may fail at some of them."""

    def __init__(self, projection: Projection, lease: Lease, cursor: Position, means: Means) -> None:
        self.seen = cursor
        self._name, self._batch = projection.name, projection.batch
        self._lease = lease
        self._means = means
        self._trial = Trial(self._batch)

    async def step(self) -> int:
        events = await self._means.log.read(self.seen, self._trial.most)
        if not events:
            return 0
        try:
            await self._take(events)
        except Unavailable:  # something does not answer: no fault of the events
            raise
        except Exception as error:
            await self._blame(events, error)
            raise
        self.seen = events[-1].position
        self._trial = self._trial.after_success(self.seen, self._batch)
        return len(events)

    def wait(self, error: Exception, failures: int) -> float:
        if isinstance(error, Unavailable):
            return _AWAY.wait(failures)
        return self._means.patience.wait(self._trial.failures)

    @abstractmethod
    async def _take(self, events: Sequence[RecordedEvent]) -> None:
        """Have the effect, and move the cursor."""

    async def _move(self, work: Work, to: Position) -> None:
        await work.projections.move(self._lease, self.seen, to, self._means.clock.now())

    async def _blame(self, events: Sequence[RecordedEvent], error: Exception) -> None:
        """Try them again, or fewer; or raise EventSetAside for the one."""
        trial = self._trial.after_failure(len(events), events[-1].position, self._means.patience)
        if trial is not None:
            self._trial = trial
            return
        (event,) = events
        async with self._means.begin() as work:
            await work.projections.check(self._lease)
            await self._move(work, event.position)
            refused = set_aside(event, self._name, error)
            await work.quarantine.set_aside(event.workspace, refused, self._means.clock.now())
            await work.commit()
        self.seen, self._trial = event.position, Trial(self._batch)
        raise EventSetAside(
            f"The projection {self._name} goes on without the event {event.event.id}, which is in the quarantine."
        ) from error


class StoreSteps(LogSteps):
    """Effect and cursor are committed together: exactly once."""

    def __init__(self, projection: StoreProjection, lease: Lease, cursor: Position, means: Means) -> None:
        super().__init__(projection, lease, cursor, means)
        self._projection = projection

    async def _take(self, events: Sequence[RecordedEvent]) -> None:
        async with self._means.begin() as work:
            await work.projections.check(self._lease)
            await self._projection.apply(events, work)
            await self._move(work, events[-1].position)
            await work.commit()


class OutsideSteps(LogSteps):
    """The cursor follows the effect: at least once."""

    def __init__(self, projection: OutsideProjection, lease: Lease, cursor: Position, means: Means) -> None:
        super().__init__(projection, lease, cursor, means)
        self._projection = projection

    async def step(self) -> int:
        if await self._projection.is_wanted():
            return await super().step()
        since, head = self.seen, await self._means.log.head()
        # Asked again: whoever has begun to want meanwhile may want what was recorded before the head was looked at.
        if await self._projection.is_wanted():
            return await super().step()
        if head > since:
            async with self._means.begin() as work:
                await self._move(work, head)
                await work.commit()
            self.seen = head
            await asyncio.sleep(_UNWANTED_PAUSE)
        return head - since

    async def _take(self, events: Sequence[RecordedEvent]) -> None:
        # What is paused, or run by somebody else, should not deliver a last time before it notices.
        async with self._means.begin(reading=True) as work:
            await work.projections.check(self._lease)
        await deliver(self._projection, events)
        async with self._means.begin() as work:
            await self._move(work, events[-1].position)
            await work.commit()


def steps_of(projection: Projection, lease: Lease, cursor: Position, means: Means) -> Steps:
    """Return the steps of whatever kind of projection it is."""
    match projection:
        case StoreProjection():
            return StoreSteps(projection, lease, cursor, means)
        case OutsideProjection():
            return OutsideSteps(projection, lease, cursor, means)
        case SelfSteppingProjection():
            return SelfSteps(projection, lease, means.log)
        case _:
            raise TypeError(f"{projection.name} is no kind of projection there is.")
