"""How a process that a test has started tells it that it is at work."""

import asyncio
import os
from pathlib import Path

READY = "COMPANION_READY"


async def tell_ready() -> None:
    """Leave a file behind; a process that takes this one's place leaves another."""
    await asyncio.to_thread(Path(f"{os.environ[READY]}-{os.getpid()}").touch)
