"""Whoever listens to a server that is killed has the whole sequence in the end, told once."""

from random import Random

from tests.faults.followers import following
from tests.faults.killing import kill_and_restart
from tests.faults.load import load
from tests.faults.shadower_server import ShadowerServer

KILLS = 2


async def test_listeners_that_come_back_have_the_whole_sequence(
    server: ShadowerServer, seed: str, chance: Random
) -> None:
    async with following(server):
        kills = 0
        async with load(server, seed) as clients:
            while kills < KILLS:
                await clients.more(chance.randrange(10, 60))
                kills += await kill_and_restart(server, chance)
            await clients.more(20)
    server.check_log()
