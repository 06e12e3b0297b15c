"""Giving an event to its handler, again and again, until it is handled or given up."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from shadower.application.bus.group_hold import GroupHold
from shadower.application.ports.event_bus import Delivery
from shadower.application.ports.handler import Handler
from shadower.application.ports.report import Report
from shadower.domain.bus.dead_letter import Failure, UnhandledEvent
from shadower.domain.errors import StoreUnavailable, Unavailable
from shadower.domain.events.event import RecordedEvent, WorkspaceId
from shadower.domain.projections.trial import Patience

SIDE_BY_SIDE: Final = 32
"""Events of one group that are handled at the same time, of as many workspaces."""


@dataclass(frozen=True, slots=True)
class Leniency:
    """How a handler is treated. Times in seconds."""

    tries: Patience
    """How often it is given an event, and how long to wait in between."""
    longest: float
    """It may take for one event before that counts as a failure."""


USUAL: Final = Leniency(Patience(tries=8, first_wait=0.2, longest_wait=30.0), longest=30.0)
"""About 25 seconds until an event is given up: long enough for a restart next door, and others wait behind it."""


class HandlerTooSlow(Unavailable):
    """The handler was cancelled because it took too long for one event."""

    code = "handler_too_slow"


class HandlerFailed(Exception):
    """Says in the log which event a handler has failed on."""


class Attempts:
    """
    One handler's tries, with what its group's lease allows.

    Right behind an event that was given up, one of the same workspace has a single try: what was wrong is probably
    still wrong, and what comes behind should not wait for every one of them. With the first that succeeds all is well.
    """

    def __init__(
        self,
        handler: Handler,
        hold: GroupHold,
        give_up: Callable[[UnhandledEvent], Awaitable[None]],
        report: Report,
        leniency: Leniency,
    ) -> None:
        """`give_up` makes it a dead letter; it has been made when that returns."""
        self._handler = handler
        self._hold = hold
        self._give_up = give_up
        self._report = report
        self._leniency = leniency
        self._slots = asyncio.Semaphore(SIDE_BY_SIDE)
        self._troubled: set[WorkspaceId] = set()

    async def __call__(self, delivery: Delivery) -> None:
        """Return when the event is dealt with."""
        tries = self._leniency.tries
        failures = pauses = 0
        while True:
            try:
                await self.once(delivery.recorded)
            except StoreUnavailable as error:
                # Nobody is to blame, and a dead letter could not be kept either.
                pauses += 1
                self._report(error)
                await asyncio.sleep(tries.wait(pauses))
            except Exception as error:  # noqa: BLE001 - reported, and kept when it happens too often
                failures += 1
                final = failures >= (1 if delivery.workspace in self._troubled else tries.tries)
                self._tell(delivery, failures, error, final=final)
                if final:
                    self._troubled.add(delivery.workspace)
                    return await self._give_up(self._unhandled(delivery, failures, error))
                await asyncio.sleep(tries.wait(failures))
            else:
                return self._troubled.discard(delivery.workspace)

    async def once(self, recorded: Callable[[], RecordedEvent]) -> None:
        """Try once, as soon as the lease is in force and it is this one's turn. Raises what the handler raises."""
        async with self._slots:
            await self._hold.in_force()
            limit = asyncio.timeout(self._leniency.longest)
            try:
                async with limit:
                    await self._handler(recorded())
            except TimeoutError:
                if not limit.expired():
                    raise
                raise HandlerTooSlow(f"It took longer than {self._leniency.longest:g} s.") from None

    def _unhandled(self, delivery: Delivery, attempts: int, error: Exception) -> UnhandledEvent:
        return UnhandledEvent(
            self._handler.group,
            delivery.workspace,
            delivery.position,
            delivery.event_id,
            delivery.type,
            Failure.of(error),
            attempts,
        )

    def _tell(self, delivery: Delivery, failures: int, error: Exception, *, final: bool) -> None:
        if failures == 1 or final:
            what = "has given up" if final else "failed, and is tried again,"
            told = HandlerFailed(f"The handler of {self._handler.group} {what} on event {delivery.position}.")
            told.__cause__ = error
            self._report(told)
