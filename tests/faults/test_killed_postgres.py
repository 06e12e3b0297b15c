"""PostgreSQL is killed under load; the server stays up, says so meanwhile, and goes on by itself."""

import asyncio
from collections.abc import Iterator
from random import Random

import httpx
import psutil
import pytest

from tests.faults.load import load
from tests.faults.reckoning import reckon
from tests.faults.shadower_server import ShadowerServer
from tests.faults.watcher import RANGE
from tests.patience import eventually
from tests.servers import PostgresServer

pytestmark = pytest.mark.postgres

KILLS = 6
BACKENDS_KILLED = 2
AN_EVENT = b'[{"type":"load.outage","source":"outage"}]'
ANSWERED = RANGE | {"metric": "events,cost"}
"""Asked before the outage as well."""
QUESTIONS = ("/metrics/summary", "/metrics/timeseries", "/events", "/events/statistics", "/quarantine", "/health/data")


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    with PostgresServer() as postgres:
        yield postgres


@pytest.fixture
def server(postgres: PostgresServer) -> Iterator[ShadowerServer]:
    with ShadowerServer(postgres.create_database()) as server:
        yield server


async def test_a_killed_postgres_costs_nothing_acknowledged_and_no_restart(
    postgres: PostgresServer, server: ShadowerServer, seed: str, chance: Random
) -> None:
    pid = server.pid
    async with load(server, seed, steady=True) as clients, server.client() as api:
        for _ in range(KILLS):
            await clients.more(chance.randrange(50))
            before = (await api.get("/metrics/summary", params=ANSWERED)).raise_for_status().json()
            await asyncio.to_thread(postgres.kill9)
            await check_outage(api)
            after = (await api.get("/metrics/summary", params=ANSWERED)).raise_for_status().json()
            assert after == before | {"degraded": True}
            await asyncio.sleep(chance.uniform(0, 1))
            await asyncio.to_thread(postgres.start)
            await clients.more(1)
            await eventually(lambda: is_well(api))
        for _ in range(BACKENDS_KILLED):
            await clients.more(chance.randrange(50))
            await asyncio.to_thread(kill_a_backend, postgres, chance)
        await clients.more(20)
    assert clients.ledger.retried > 0
    assert (server.pid, server.is_running) == (pid, True)
    # A COPY that is cut off leaves a future behind that asyncpg forgets.
    await reckon(server, clients.ledger, forgiven="ConnectionDoesNotExistError")


async def check_outage(api: httpx.AsyncClient) -> None:
    """To what was not answered before, every answer says that there is none, and when to come back."""
    for path in QUESTIONS:
        check_refusal(await api.get(path, params=RANGE if path.startswith("/metrics") else {}))
    check_refusal(await api.post("/events", content=AN_EVENT))
    for root in ("", "/ready", "/live"):
        answer = await api.get(f"{api.base_url.copy_with(path=root)}")
        assert answer.status_code < 500 or answer.status_code == 503
    health = await condition(api)
    assert health.status_code == 503
    assert health.json()["status"] == "down"


def check_refusal(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert 1 <= int(answer.headers["Retry-After"]) <= 5
    assert answer.json()["code"] == "store_unavailable"


async def condition(api: httpx.AsyncClient) -> httpx.Response:
    return await api.get(str(api.base_url.copy_with(path="/health")))


async def is_well(api: httpx.AsyncClient) -> bool:
    answer = await condition(api)
    assert answer.status_code in {200, 503}
    return answer.status_code == 200


def kill_a_backend(postgres: PostgresServer, chance: Random) -> None:
    """Kill the process behind one connection: PostgreSQL then cuts all of them and recovers by itself."""
    family = psutil.Process(postgres.pid).children()
    serving = [process for process in family if "test_" in " ".join(process.cmdline())]
    chance.choice(serving).kill()
