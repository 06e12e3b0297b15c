"""The disk is full: nothing is acknowledged that could not be kept, and with room again all goes on by itself."""

import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import psutil
import pytest

from tests.faults.load import load
from tests.faults.reckoning import reckon
from tests.faults.shadower_server import ShadowerServer
from tests.patience import eventually

TIMES = 3
ROOM_TO_LOG = 2**14
"""Bytes: what is kept takes more from the first."""


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


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_without_room_for_what_is_kept_questions_are_answered_all_the_same(server: ShadowerServer) -> None:
    async with server.client() as api:

        async def counted() -> list[int]:
            told = (await api.get("/metrics/summary?metric=events,active_users&timeframe=7d")).json()
            assert (told["exact"], told["degraded"]) == (True, False)
            return [told["metrics"][name]["value"] for name in ("events", "active_users")]

        async def send(*users: str) -> None:
            days_ago = datetime.now(UTC) - timedelta(days=3)
            event = {"type": "agent.executed", "occurred_at": days_ago.isoformat()}
            sent = await api.post("/events", json=[event | {"user_id": user} for user in users])
            assert sent.status_code == 200

        await send("ada", "grace")
        allow(server, ROOM_TO_LOG)
        assert [await counted() for _ in range(2)] == [[2, 2]] * 2
        health = (await api.get(f"{server.url}/health")).json()
        assert (health["status"], health["cache"]["warm_tier"], health["cache"]["warm_tier_up"]) == (
            "degraded",
            "disk",
            False,
        )
        allow(server, resource.RLIM_INFINITY)
        await send("ada", "mary")
        assert await counted() == [4, 3]
