"""Several processes serve one database: killing one of them, or the one that started them, costs nothing either."""

import asyncio
import os
import signal
from collections.abc import Iterator
from random import Random

import psutil
import pytest

from tests.faults.load import load
from tests.faults.reckoning import reckon
from tests.faults.shadower_server import ShadowerServer
from tests.patience import eventually
from tests.servers import PostgresServer
from tests.servers.process import has_ended

pytestmark = pytest.mark.postgres

KILLS = 2


@pytest.fixture
def server(durable_postgres: PostgresServer) -> Iterator[ShadowerServer]:
    url = durable_postgres.create_database()
    with ShadowerServer(url, workers="2") as server:
        yield server
    durable_postgres.drop_database(url)


async def test_killed_workers_are_replaced_and_orphans_make_room_for_a_new_start(
    server: ShadowerServer, seed: str, chance: Random
) -> None:
    async with load(server, seed) as clients:
        for _ in range(KILLS):
            await clients.more(chance.randrange(10, 50))
            # The same one twice within seconds would be a loop of crashes, which ends the server.
            min(workers(server), key=psutil.Process.create_time).kill()
            await eventually(lambda: len(workers(server)) == 2)
        await clients.more(chance.randrange(10, 50))
        orphans = workers(server)
        os.kill(server.pid, signal.SIGKILL)
        await eventually(lambda: all(has_ended(orphan.pid) for orphan in orphans))
        await asyncio.to_thread(server.kill9)
        await asyncio.to_thread(server.start)
        await clients.more(20)
    await reckon(server, clients.ledger, forgiven="Unexpected exit from worker")


def workers(server: ShadowerServer) -> list[psutil.Process]:
    return [child for child in psutil.Process(server.pid).children() if not has_ended(child.pid)]
