"""Count what dashboards show before they ask: at the start, and when an hour is over and its tallies can be kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from shadower.application.group_commit import GroupCommit
from shadower.application.kept.overviews import Overviews
from shadower.application.kept.recent_questions import Ask, RecentQuestions
from shadower.application.ports.clock import Clock
from shadower.application.ports.report import Report
from shadower.domain.errors import StoreUnavailable
from shadower.domain.events.moments import HOUR, MINUTE, SECOND
from shadower.domain.metrics.pieces import GRACE

BUSY_EVENTS: Final = 2_000
"""Undecided events from which on taking them in comes first."""
LONGEST: Final = 5 * MINUTE
"""Micros; what has not been asked by then is left."""
_PAUSE: Final = 0.1
_MOST_PAUSES: Final = 50

Sleep = Callable[[float], Awaitable[None]]


class WarmAnswers:
    """
    Asks, one by one, what was asked in the last ten minutes and what the overviews of active workspaces ask.

    Nothing depends on it. Without it the first to ask after the start or the turn of an hour waits for what all others
    are then given.
    """

    def __init__(
        self,
        recent: RecentQuestions,
        overviews: Overviews,
        commit: GroupCommit,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._recent = recent
        self._overviews = overviews
        self._commit = commit
        self._clock = clock
        self._sleep = sleep

    async def __call__(self, report: Report) -> None:
        """Do so now and at every turn until cancelled; what goes wrong is told."""
        while True:
            try:
                await self.turn(report)
            except Exception as error:  # noqa: BLE001 - reported; it must not end for good
                report(error)
            await self._sleep(self._until_the_turn())

    async def turn(self, report: Report) -> int:
        """
        Do so once, and return how many questions were answered; what goes wrong with one of them is told.

        Raises StoreUnavailable, and whatever finding the overviews raises.
        """
        answered, until = 0, self._clock.now() + LONGEST
        async for ask in self._questions():
            if self._clock.now() > until or not await self._is_quiet():
                break
            try:
                await ask()
            except StoreUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - reported; the others can be answered all the same
                report(error)
            else:
                answered += 1
        return answered

    async def _questions(self) -> AsyncIterator[Ask]:
        for ask in self._recent.asked():
            yield ask
        for ask in await self._overviews.questions():
            yield ask

    def _until_the_turn(self) -> float:
        since = (self._clock.now() - GRACE) % HOUR
        return (HOUR - since) / SECOND

    async def _is_quiet(self) -> bool:
        for _ in range(_MOST_PAUSES):
            if self._commit.undecided < BUSY_EVENTS:
                return True
            await self._sleep(_PAUSE)
        return False
