"""A rebuild is killed under load: answers stay exact, and another rebuild works."""

import asyncio
import time
from random import Random

import httpx

from tests.faults.load import load
from tests.faults.reckoning import reckon
from tests.faults.shadower_server import ADMIN_KEY, ShadowerServer

KILLS = 2


async def test_a_killed_rebuild_changes_no_answer_and_leaves_nothing_behind(
    server: ShadowerServer, seed: str, chance: Random
) -> None:
    async with load(server, seed, steady=True, senders=3) as clients, server.client() as api:
        await clients.more(60)
        began = time.monotonic()
        await rebuild(server)
        takes = time.monotonic() - began
        for _ in range(KILLS):
            with server.running("rebuild"):
                await asyncio.sleep(chance.uniform(0.3, 1) * takes)
            assert await projections(api) == ["rollups"]
        await rebuild(server)
        await clients.more(10)
        assert await projections(api) == ["rollups"]
    await reckon(server, clients.ledger)


async def rebuild(server: ShadowerServer) -> None:
    told = await asyncio.to_thread(server.run, "rebuild")
    assert told.returncode == 0, told.stderr


async def projections(api: httpx.AsyncClient) -> list[str]:
    """Return what health looks at: what nobody goes on with must not make it look late for ever."""
    answer = await api.get(str(api.base_url.copy_with(path="/health")), headers={"X-API-Key": ADMIN_KEY})
    return [projection["name"] for projection in answer.json()["projections"]]
