"""Remember when each key was last used, without a write per request."""

import asyncio

from shadower.application.ports.clock import Clock
from shadower.application.ports.report import Report
from shadower.application.ports.work import BeginWork
from shadower.domain.events.moments import MINUTE
from shadower.domain.keys.key import KeyId

PAUSE = 5.0
"""Seconds between writes; each writes all keys noted since the last."""


class RecordKeyUse:
    """Notes uses as they happen, each key at most once a minute, and writes them down together."""

    def __init__(self, begin: BeginWork, clock: Clock) -> None:
        self._begin = begin
        self._clock = clock
        self._noted: dict[KeyId, int] = {}
        self._unwritten: dict[KeyId, int] = {}

    def note(self, key: KeyId) -> None:
        """Note that the key is used now."""
        now = self._clock.now()
        # A clock that was set back must not stop the notes until it has caught up.
        if abs(now - self._noted.get(key, -MINUTE)) >= MINUTE:
            self._noted[key] = self._unwritten[key] = now

    async def flush(self) -> None:
        """Write what was noted. Raises StoreUnavailable, after which it is still noted."""
        used, self._unwritten = self._unwritten, {}
        if not used:
            return
        try:
            async with self._begin() as work:
                await work.keys.touch(used)
                await work.commit()
        except BaseException:
            self._unwritten = used | self._unwritten
            raise

    async def __call__(self, report: Report) -> None:
        """Write every few seconds until cancelled; what goes wrong is told to `report` and tried again."""
        while True:
            await asyncio.sleep(PAUSE)
            try:
                await self.flush()
            except Exception as error:  # noqa: BLE001 - reported; the notes are kept and written later
                report(error)
