"""Beginning as soon as the store is there."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from shadower.domain.errors import SchemaMismatch, Unavailable
from shadower.domain.growing_pause import growing_pause

_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 5.0


async def as_soon_as_possible(
    live: Callable[[], Awaitable[None]], stop: asyncio.Event, waiting: Callable[[Unavailable], None]
) -> None:
    """
    Live, from the moment at which the store can be used, unless told to stop before.

    `waiting` is told what keeps it waiting. Raises SchemaMismatch: that does not pass.
    """
    failures = 0
    while not stop.is_set():
        try:
            await live()
            return
        except SchemaMismatch:
            raise
        except Unavailable as error:
            failures += 1
            waiting(error)
            await _pause(stop, growing_pause(failures, _PAUSE, LONGEST_PAUSE))


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass
