"""The warm tier as the cache sees it: it answers, or it is not there."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from shadower.adapters.resilience.breaker import Breaker
from shadower.application.ports.cache import CacheTierUnavailable
from shadower.application.ports.cache_tier import CacheTier
from shadower.application.ports.report import Report

THRESHOLD: Final = 3
"""Failures in a row after which it is asked only now and then."""
COOLDOWN: Final = 5.0
"""Seconds between tries while it is away."""

_PROBE: Final = "0:none:probe:0"

_T = TypeVar("_T")


class WarmTier:
    """A breaker around a tier; what goes wrong is told once, until it has gone right again."""

    def __init__(self, tier: CacheTier, breaker: Breaker | None = None) -> None:
        self.tier = tier
        self._breaker = breaker or Breaker(threshold=THRESHOLD, cooldown=COOLDOWN)
        self._owed = 0
        """What could not be deleted in it. As long as there is any, nothing in it can be believed."""
        self.trouble: CacheTierUnavailable | None = None
        """Why it was not used the last time."""
        self.report: Report | None = None
        """Whom to tell."""

    async def ask(self, what: Callable[[CacheTier], Awaitable[_T]], otherwise: _T) -> _T:
        """Return what the tier says, or the other value when it is away or has to be cleared before."""
        if self._owed or not self._breaker.may_try():
            return otherwise
        return await self._asked(what, otherwise)

    async def keep_trying(self) -> None:
        """While it is away, look whether it is back, until cancelled: perhaps nobody else does."""
        while True:
            await asyncio.sleep(COOLDOWN)
            await self.look_again()

    async def look_again(self) -> None:
        """Clear the tier if that is owed; if it was away, see whether it answers. Not for two at the same time."""
        if self._owed:
            await self._asked(self._clear, otherwise=None)
        elif self.trouble is not None:
            await self.ask(lambda tier: tier.get(_PROBE), otherwise=None)

    async def forget(self, what: Callable[[CacheTier], Awaitable[None]]) -> None:
        """Delete something; if that fails, everything is deleted before the tier is next used."""

        async def done(tier: CacheTier) -> bool:
            await what(tier)
            return True

        if not await self.ask(done, otherwise=False):
            self._owed += 1

    async def _clear(self, tier: CacheTier) -> None:
        # What cannot be deleted meanwhile may have been passed already: it stays owed.
        owed = self._owed
        await tier.clear()
        self._owed -= owed

    async def _asked(self, what: Callable[[CacheTier], Awaitable[_T]], otherwise: _T) -> _T:
        try:
            found = await what(self.tier)
        except CacheTierUnavailable as error:
            self._breaker.failed()
            if self.trouble is None and self.report is not None:
                self.report(error)
            self.trouble = error
            return otherwise
        self._breaker.answered()
        if not self._owed:
            self.trouble = None
        return found
