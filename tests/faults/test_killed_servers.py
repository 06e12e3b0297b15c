"""The server is killed under load, again and again, and started on what it left behind."""

import asyncio
from random import Random

from tests.faults.killing import kill_and_restart
from tests.faults.load import load
from tests.faults.reckoning import reckon
from tests.faults.shadower_server import ShadowerServer

KILLS = 7


async def test_a_server_killed_under_load_keeps_what_it_acknowledged_once(
    server: ShadowerServer, seed: str, chance: Random
) -> None:
    async with load(server, seed) as clients:
        kills = 0
        while kills < KILLS:
            await clients.more(chance.randrange(50))
            await asyncio.sleep(chance.uniform(0, 0.05))
            kills += await kill_and_restart(server, chance)
        await clients.more(20)
    assert clients.ledger.retried >= KILLS
    await reckon(server, clients.ledger)
