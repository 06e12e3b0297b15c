"""Waiting for the log to grow."""

import asyncio
from collections.abc import Awaitable, Callable

_POLL_SECONDS = 1.0
"""How soon an append is noticed at the latest when nobody tells of it."""


class Growth:
    """
    Wakes those who wait for the log at once when somebody tells that it has grown, and by looking when nobody does.

    However many wait, one looks, once a second.
    """

    def __init__(self) -> None:
        self._grown = asyncio.Event()
        self._turn = asyncio.Lock()
        self._looked_at = float("-inf")
        """By the loop's clock: when the last look began."""
        self._found: int | Exception = 0
        """The head, or what kept that look from it."""

    def tell(self) -> None:
        """The log has grown, or may have."""
        self._grown.set()
        self._grown = asyncio.Event()

    async def wait(self, head: Callable[[], Awaitable[int]], after: int, within: float) -> int:
        """Return the head once it is past `after`, or after `within` seconds whatever it is."""
        loop = asyncio.get_running_loop()
        since = loop.time()
        deadline = since + within
        while True:
            grown = self._grown
            position = await self._look(head, since)
            if position > after or loop.time() >= deadline:
                return position
            next_look = min(deadline, self._looked_at + _POLL_SECONDS)
            try:
                # Not `wait_for`: before Python 3.12 it forgets that it was cancelled when the event comes just then.
                async with asyncio.timeout_at(next_look):
                    await grown.wait()
                since = loop.time()
            except TimeoutError:
                since = next_look

    async def _look(self, head: Callable[[], Awaitable[int]], since: float) -> int:
        """Return what a look found that began then or later, somebody else's or a new one; raise what it raised."""
        async with self._turn:
            if self._looked_at < since:
                began = asyncio.get_running_loop().time()
                try:
                    self._found = await head()
                except Exception as error:  # noqa: BLE001 - raised below, to everybody who waits for this look
                    self._found = error
                self._looked_at = began
        if isinstance(self._found, Exception):
            raise self._found
        return self._found
