"""A group's lease while this process has it, and what it entitles to."""

import asyncio
from time import monotonic

from shadower.domain.bus.group import GroupLease
from shadower.domain.projections.lease import LEASE_SECONDS


class GroupHold:
    """
    In force until it runs out by this process's own count, which begins before the store was asked.

    So it never lasts longer here than there, and nothing is handled while somebody else may be handling it.
    """

    def __init__(self, lease: GroupLease, asked_at: float) -> None:
        """`asked_at`: by the monotonic clock, before the store was asked."""
        self.lease = lease
        self._until = asked_at + LEASE_SECONDS
        self._renewed = asyncio.Event()

    def renewed(self, asked_at: float) -> None:
        """The store has prolonged it; it was asked then."""
        self._until = asked_at + LEASE_SECONDS
        self._renewed.set()
        self._renewed = asyncio.Event()

    async def in_force(self) -> None:
        """Return at once when it is, otherwise when it is again."""
        while monotonic() >= self._until:
            await self._renewed.wait()
