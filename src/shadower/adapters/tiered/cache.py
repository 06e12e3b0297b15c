"""The cache: a tier in memory, and behind it perhaps one on disk or in Redis."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final
from uuid import uuid4

from shadower.adapters.tiered.counts import Counts
from shadower.adapters.tiered.envelope import opened, sealed
from shadower.adapters.tiered.flights import Flights
from shadower.adapters.tiered.hot import HotTier
from shadower.adapters.tiered.warm import WarmTier
from shadower.application.ports.cache import (
    MOST_BYTES,
    Acceptable,
    Cache,
    CacheFigures,
    CacheKey,
    CacheTierUnavailable,
    Compute,
)
from shadower.application.ports.cache_tier import Gone
from shadower.application.ports.chance import Chance
from shadower.application.ports.clock import Clock
from shadower.application.ports.report import Report
from shadower.domain.events.moments import SECOND

JITTER: Final = 0.1
"""What is kept together goes apart: up to this share of its time earlier."""
CLAIM_SECONDS: Final = 3.0
"""Other processes give a computation up for lost after so many, unless it is claimed again meanwhile."""
PATIENCE: Final = 30.0
"""Seconds to wait for another process before computing oneself."""
_POLL: Final = 0.02
"""Seconds between looks whether another process has computed it."""
_AGAIN: Final = 1.0
"""Seconds until other processes are followed again after that broke off."""


class TieredCache(Cache):
    """See the port."""

    def __init__(
        self,
        hot: HotTier,
        warm: WarmTier | None,
        clock: Clock,
        chance: Chance,
        *,
        claim_seconds: float = CLAIM_SECONDS,
        patience: float = PATIENCE,
    ) -> None:
        """`patience` is best as long as a computation may take, the statement timeout."""
        self._hot = hot
        self._warm = warm
        self._clock = clock
        self._chance = chance
        self._claim_seconds = claim_seconds
        self._patience = patience
        self._flights = Flights()
        self._counts = Counts(hot, clock)
        self._deleted = 0
        """How often something was, so that what was computed meanwhile is not kept."""
        self._hot_hits = self._warm_hits = self._joined = self._misses = 0

    async def run(self, report: Report) -> None:
        if self._warm is not None:
            self._warm.report = report
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow(self._warm), name="follow-warm-tier")
                group.create_task(self._warm.keep_trying(), name="try-warm-tier")

    async def _follow(self, warm: WarmTier) -> None:
        while warm.tier.shared:
            # Told by whoever needs the tier; what is deleted meanwhile is not known, so nothing is left afterwards.
            with suppress(CacheTierUnavailable):
                await warm.tier.watch(self._gone)
            await asyncio.sleep(_AGAIN)

    async def get_or_compute(
        self, key: CacheKey, compute: Compute, *, ttl: float, tags: Sequence[str] = (), acceptable: Acceptable
    ) -> bytes | None:
        name = key.text
        value = self._hot.get(name, self._clock.now())
        if value is not None and await acceptable(value):
            self._hot_hits += 1
            return value
        while name in self._flights:
            found, ended = await self._flights.join(name)
            if ended and (found is None or await acceptable(found)):
                self._joined += 1
                return found

        async def find() -> bytes | None:
            # Somebody may have computed it while it was looked at.
            newer = self._hot.get(name, self._clock.now())
            if newer is not None and newer is not value and await acceptable(newer):
                self._hot_hits += 1
                return newer
            found = await self._from_warm(name, acceptable)
            if found is not None:
                self._warm_hits += 1
                return found
            return await self._computed(name, compute, ttl, tuple(tags), acceptable)

        return await self._flights.lead(name, find)

    async def get(self, key: CacheKey) -> bytes | None:
        name = key.text
        found = self._hot.get(name, self._clock.now())
        return found if found is not None else await self._from_warm(name, _anything)

    async def set(
        self, key: CacheKey, value: bytes, *, ttl: float, tags: Sequence[str] = (), near: bool = False
    ) -> None:
        await self._keep(key.text, value, ttl, tuple(tags), near=near)

    async def delete(self, key: CacheKey) -> None:
        name = key.text
        self._gone(Gone(name=name))
        if self._warm is not None:
            await self._warm.forget(lambda tier: tier.delete(name))

    async def delete_tag(self, tag: str) -> None:
        self._gone(Gone(tag=tag))
        if self._warm is not None:
            await self._warm.forget(lambda tier: tier.delete_tag(tag))

    async def increment(self, key: CacheKey, by: int = 1, *, ttl: float) -> int:
        name = key.text
        if self._warm is not None:
            count = await self._warm.ask(lambda tier: tier.increment(name, by, ttl=ttl), otherwise=None)
            if count is not None:
                return count
        return self._counts.increment(name, by, ttl)

    def figures(self) -> CacheFigures:
        warm, trouble = self._warm, None if self._warm is None else self._warm.trouble
        return CacheFigures(
            hot_hits=self._hot_hits,
            warm_hits=self._warm_hits,
            joined=self._joined,
            misses=self._misses,
            evictions=self._hot.evictions,
            hot_entries=len(self._hot),
            hot_bytes=self._hot.bytes,
            warm=None if warm is None else warm.tier.technology,
            warm_up=warm is not None and trouble is None,
            warm_bytes=None if warm is None else warm.tier.size(),
            detail=None if trouble is None else trouble.message,
        )

    async def close(self) -> None:
        self._hot.clear()
        if self._warm is not None:
            await self._warm.tier.close()

    async def _computed(
        self, name: str, compute: Compute, ttl: float, tags: tuple[str, ...], acceptable: Acceptable
    ) -> bytes | None:
        token = uuid4().hex
        try:
            found = await self._awaited(name, token, acceptable)
            if found is not None:
                self._joined += 1
                return found
            self._misses += 1
            deleted = self._deleted
            async with self._holding(name, token):
                value = await compute()
            if value is not None and deleted == self._deleted:
                await self._keep(name, value, ttl, tags)
            return value
        finally:
            await self._released(name, token)

    async def _awaited(self, name: str, token: str, acceptable: Acceptable) -> bytes | None:
        """Claim the computation, or return what another process makes of it; None says to compute."""
        warm = self._warm
        if warm is None or not warm.tier.shared:
            return None
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience
        while True:
            is_ours = await warm.ask(lambda tier: tier.claim(name, token, ttl=self._claim_seconds), otherwise=True)
            # Also when it is ours: another may have ended after we looked, and before we claimed.
            found = await self._from_warm(name, acceptable)
            if found is not None or is_ours or loop.time() > until:
                return found
            await asyncio.sleep(_POLL)

    @asynccontextmanager
    async def _holding(self, name: str, token: str) -> AsyncIterator[None]:
        """Keep the claim while it is computed, however long that takes."""
        renewing = asyncio.create_task(self._renew(name, token))
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.wait([renewing])

    async def _renew(self, name: str, token: str) -> None:
        warm = self._warm
        while warm is not None and warm.tier.shared:
            await asyncio.sleep(self._claim_seconds / 3)
            await warm.ask(lambda tier: tier.renew(name, token, ttl=self._claim_seconds), otherwise=None)

    async def _released(self, name: str, token: str) -> None:
        if self._warm is not None and self._warm.tier.shared:
            await self._warm.ask(lambda tier: tier.release(name, token), otherwise=None)

    async def _from_warm(self, name: str, acceptable: Acceptable) -> bytes | None:
        if self._warm is None:
            return None
        deleted = self._deleted
        written = await self._warm.ask(lambda tier: tier.get(name), otherwise=None)
        envelope = None if written is None else opened(written)
        if envelope is None or envelope.expires_at <= self._clock.now() or not await acceptable(envelope.value):
            return None
        if deleted == self._deleted:
            self._hot.set(name, envelope.value, envelope.expires_at, envelope.tags)
        return envelope.value

    async def _keep(self, name: str, value: bytes, ttl: float, tags: tuple[str, ...], *, near: bool = False) -> None:
        if len(value) > MOST_BYTES:
            self._hot.delete(name)
            return
        lasting = ttl * (1 - JITTER * self._chance.fraction())
        expires_at = self._clock.now() + round(lasting * SECOND)
        self._hot.set(name, value, expires_at, tags)
        if self._warm is not None and not near:
            written = sealed(value, expires_at, tags)
            await self._warm.ask(lambda tier: tier.set(name, written, ttl=lasting, tags=tags), otherwise=None)

    def _gone(self, gone: Gone | None) -> None:
        self._deleted += 1
        if gone is None:
            self._hot.clear()
        elif gone.tag is not None:
            self._hot.delete_tag(gone.tag)
        elif gone.name is not None:
            self._hot.delete(gone.name)
            self._counts.delete(gone.name)


async def _anything(_value: bytes) -> bool:
    return True
