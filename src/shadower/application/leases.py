"""The leases that this process holds, and the work that ends with them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from shadower.application.ports.report import Report
from shadower.application.ports.work import BeginWork
from shadower.domain.projections.lease import LEASE_SECONDS, RENEW_EVERY, Lease, LeaseLost


@dataclass(frozen=True, slots=True)
class _Hold:
    scope: asyncio.Timeout
    expires: bool
    """Whether its work ends when the lease runs out, and not only when it is known to be lost."""


class Leases:
    """Work under a lease is cancelled as soon as the lease is known to be lost."""

    def __init__(self, begin: BeginWork) -> None:
        self._begin = begin
        self._holds: dict[Lease, _Hold] = {}

    @asynccontextmanager
    async def hold(self, lease: Lease, until: float, *, expires: bool) -> AsyncIterator[None]:
        """
        Keep the lease for as long as the block takes; `until` (by the loop's clock) it lasts without being renewed.

        With `expires` the block ends then too, for want of knowing better: in the outside world nothing else would keep
        two runners apart. In our own store the token does. Raises LeaseLost.
        """
        scope = asyncio.timeout_at(until if expires else None)
        try:
            async with scope:
                self._holds[lease] = _Hold(scope, expires)
                yield
        except TimeoutError:
            if not scope.expired():
                raise
            raise LeaseLost(f"The lease of the projection {lease.projection} could not be kept.") from None
        finally:
            del self._holds[lease]

    async def keep(self, report: Report) -> None:
        """Renew until cancelled; what goes wrong is told to `report`, and tried again for as long as leases last."""
        while True:
            await asyncio.sleep(RENEW_EVERY)
            if not self._holds:
                continue
            try:
                await self._renew()
            except Exception as error:  # noqa: BLE001 - reported; leases that cannot be renewed run out
                report(error)

    async def give_back(self, lease: Lease) -> None:
        """
        Let others have it without waiting until it runs out.

        Raises StoreUnavailable, and TimeoutError when it has run out meanwhile.
        """
        async with asyncio.timeout(LEASE_SECONDS), self._begin() as work:
            await work.projections.release(lease)
            await work.commit()

    async def _renew(self) -> None:
        loop = asyncio.get_running_loop()
        asked_at, leases = loop.time(), list(self._holds)
        async with self._begin() as work:
            lost = await work.projections.renew(leases, LEASE_SECONDS)
            await work.commit()
        for lease in leases:
            hold = self._holds.get(lease)
            if hold is None or hold.scope.expired():
                continue
            if lease in lost:
                hold.scope.reschedule(loop.time())
            elif hold.expires:
                hold.scope.reschedule(asked_at + LEASE_SECONDS)
