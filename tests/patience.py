"""Waiting on a busy machine: long, and never for a fixed time."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

PATIENCE = 120.0
"""Seconds that anything may take before a test gives up on it."""
SOON = 30.0
"""Seconds for what comes at once: less than what would come instead takes, and enough on any machine."""
POLL = 0.05
"""Seconds between looks: what is waited for needs the processor, too."""


async def eventually(true: Callable[[], bool | Awaitable[bool]], *, every: float = POLL) -> None:
    """Look `every` so many seconds; return as soon as it is true, and fail when it does not become so."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = true()
        if await found if inspect.isawaitable(found) else found:
            return
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(every)
