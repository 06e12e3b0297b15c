"""The disk is full: nothing is acknowledged that could not be kept, and with room again all goes on by itself."""

import resource
from pathlib import Path
from random import Random

import psutil
import pytest

from tests.faults.load import load
from tests.faults.patience import eventually
from tests.faults.reckoning import reckon
from tests.faults.shadower_server import ShadowerServer

TIMES = 3


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_a_full_disk_refuses_and_loses_nothing(server: ShadowerServer, seed: str, chance: Random) -> None:
    async with load(server, seed, steady=True) as clients:
        for _ in range(TIMES):
            await clients.more(chance.randrange(10, 40))
            # Past this size no file of the process may grow: to SQLite that is a disk without room.
            allow(server, largest(server) + chance.randrange(200_000))
            await eventually(lambda: clients.refused > 0)
            allow(server, resource.RLIM_INFINITY)
            await clients.more(5)
            clients.refused = 0
    assert clients.ledger.retried > 0
    await reckon(server, clients.ledger)


def allow(server: ShadowerServer, size: int) -> None:
    process = psutil.Process(server.pid)
    process.rlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def largest(server: ShadowerServer) -> int:
    return max(path.stat().st_size for path in Path(server.data_dir).iterdir() if path.is_file())
