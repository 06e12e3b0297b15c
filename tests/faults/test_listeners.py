"""Whoever listens to a server that is killed has the whole sequence in the end, told once."""

import asyncio
from random import Random

from tests.faults.followers import PollingFollower, SocketFollower, StreamFollower
from tests.faults.killing import kill_and_restart
from tests.faults.load import load
from tests.faults.patience import eventually
from tests.faults.shadower_server import ShadowerServer

KILLS = 4


async def test_listeners_that_come_back_have_the_whole_sequence(
    server: ShadowerServer, seed: str, chance: Random
) -> None:
    followers = [kind(server) for kind in (SocketFollower, StreamFollower, PollingFollower)]
    following = [asyncio.create_task(follower.follow()) for follower in followers]
    kills = 0
    async with load(server, seed) as clients:
        while kills < KILLS:
            await clients.more(chance.randrange(10, 60))
            kills += await kill_and_restart(server, chance)
        await clients.more(20)
    async with server.client() as api:
        head = (await api.get("../../health")).json()["store"]["position"]
    await eventually(lambda: all(each.position >= head for each in followers) or any(task.done() for task in following))
    for follower, task in zip(followers, following, strict=True):
        task.cancel()
        (ended,) = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError), ended
        assert follower.positions == list(range(1, head + 1)), follower.way
        assert follower.breaks > 0, follower.way
    server.check_log()
