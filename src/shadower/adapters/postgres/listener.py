"""Hearing what other processes tell, by LISTEN and NOTIFY."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from shadower.domain.growing_pause import growing_pause

_LOOK_SECONDS: Final = 20.0
"""How often a connection on which nothing is heard is asked whether it still stands."""
_ANSWER_SECONDS: Final = 5.0
_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0

_BROKEN: Final = (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
"""What a connection ends with. Nobody has to be told: it is made anew, and those who listen look for themselves too."""


class Listener:
    """
    One connection that listens on channels, beside the pool; made when first needed, and anew whenever it breaks.

    Whatever was told while it was not there is unknown: so everybody is told once it is there again.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        """`engine` keeps no pool."""
        self._engine = engine
        self._channels: dict[str, Callable[[], None]] = {}
        self._listening: asyncio.Task[None] | None = None
        self._over = asyncio.Event()
        """Set when the connection is gone, or listens on too few channels."""

    def listen(self, channel: str, heard: Callable[[], None]) -> None:
        """Call `heard` whenever something is told on the channel, or may have been."""
        if channel not in self._channels:
            self._channels[channel] = heard
            self._over.set()
        if self._listening is None:
            self._listening = asyncio.create_task(self._run(), name="listen")

    async def close(self) -> None:
        """Listen to nothing any more."""
        listening, self._listening = self._listening, None
        self._channels.clear()
        if listening is not None:
            listening.cancel()
            await asyncio.wait({listening})

    async def _run(self) -> None:
        failures = 0
        while True:
            self._over.clear()
            try:
                async with self._engine.connect() as connection:
                    raw: Any = (await connection.get_raw_connection()).driver_connection
                    raw.add_termination_listener(lambda _: self._over.set())
                    await self._hear(raw)
                    failures = 0
                    await self._watch(raw)
            except _BROKEN:
                failures += 1
            await asyncio.sleep(growing_pause(failures, _PAUSE, _LONGEST_PAUSE))

    async def _hear(self, raw: Any) -> None:
        channels = list(self._channels.items())
        for channel, heard in channels:
            await raw.add_listener(channel, lambda *_, heard=heard: heard())
        for _, heard in channels:
            heard()

    async def _watch(self, raw: Any) -> None:
        while not self._over.is_set():
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._over.wait()
            except TimeoutError:
                # A peer that vanished without a word would never be missed.
                await raw.execute("SELECT 1", timeout=_ANSWER_SECONDS)
