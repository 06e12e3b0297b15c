"""The server is asked to stop under load: what it took it finishes, and what it did not answer it did not take."""

import asyncio
from random import Random

from tests.faults.load import load
from tests.faults.reckoning import check_answers, check_events, check_quarantine, verify
from tests.faults.shadower_server import ShadowerServer


async def test_a_server_stopped_under_load_answers_everything_it_stored(
    server: ShadowerServer, seed: str, chance: Random
) -> None:
    async with load(server, seed, hang_ups=False) as clients:
        await clients.more(chance.randrange(20, 60))
        clients.no_retry = True
        await asyncio.to_thread(server.stop)
        assert server.exit_code == 0
    await asyncio.to_thread(server.start)
    async with server.client() as api:
        kept = await check_events(api, clients.ledger)
        assert len(kept) == clients.ledger.acknowledged["everything"]
        await check_quarantine(api, clients.ledger)
        await check_answers(api, kept)
    await verify(server)
    server.check_log()
