"""Waiting for the log to grow."""

import asyncio
from collections.abc import Awaitable, Callable

_POLL_SECONDS = 1.0
"""How soon an append by another process is noticed at the latest."""


class Growth:
    """Wakes those who wait for the log at once when this process appends, and by polling when another does."""

    def __init__(self) -> None:
        self._grown = asyncio.Event()

    def tell(self) -> None:
        """The log has grown."""
        self._grown.set()
        self._grown = asyncio.Event()

    async def wait(self, head: Callable[[], Awaitable[int]], after: int, within: float) -> int:
        """Return the head once it is past `after`, or after `within` seconds whatever it is."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while True:
            grown = self._grown
            position = await head()
            left = deadline - loop.time()
            if position > after or left <= 0:
                return position
            try:
                # Not `wait_for`: before Python 3.12 it forgets that it was cancelled when the event comes just then.
                async with asyncio.timeout(min(left, _POLL_SECONDS)):
                    await grown.wait()
            except TimeoutError:
                continue
