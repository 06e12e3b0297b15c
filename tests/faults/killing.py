"""Killing at moments of chance, and starting again."""

import asyncio
import os
import signal
from contextlib import suppress
from random import Random

from tests.faults.shadower_server import ShadowerServer
from tests.patience import eventually
from tests.servers.process import ServerDidNotStartError


async def kill_and_restart(server: ShadowerServer, chance: Random) -> int:
    """Kill a server, now and then again while it starts, until it is up; return how often it was killed."""
    await asyncio.to_thread(server.kill9)
    if chance.random() < 0.3:
        return 1 + await kill_while_starting(server, chance)
    await asyncio.to_thread(server.start)
    return 1


async def kill_while_starting(server: ShadowerServer, chance: Random) -> int:
    """Start a server twice, and kill it the first time if it is not up by then; return how often it was killed."""
    kills = 0
    starting = asyncio.create_task(asyncio.to_thread(server.start))
    await eventually(lambda: server.is_running or starting.done())
    await asyncio.sleep(chance.uniform(0.05, 1.5))
    if not starting.done():
        os.kill(server.pid, signal.SIGKILL)
        await eventually(lambda: not server.is_running)
        kills = 1
    with suppress(ServerDidNotStartError):
        await starting
    if not server.is_running:
        await asyncio.to_thread(server.start)
    return kills
