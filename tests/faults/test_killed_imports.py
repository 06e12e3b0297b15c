"""An import is killed, or the server it sends to; the same command goes on, and each row is one event."""

import asyncio
import csv
import json
import subprocess
from collections import Counter
from pathlib import Path
from random import Random

import httpx
import pytest

from tests.faults.killing import kill_and_restart
from tests.faults.reckoning import everything, verify
from tests.faults.shadower_server import ADMIN_KEY, ShadowerServer
from tests.patience import PATIENCE, eventually

ROWS = 1_500
BAD_ROWS = frozenset(range(13, ROWS, 97))
KILLS = 2
NOT_ALL_STORED = 3
COLUMNS = ("--map", "occurred_at=finished", "--map", "correlation_id=number", "--set", "type=agent.executed")


@pytest.fixture
def file(tmp_path: Path, chance: Random) -> Path:
    """Rows of which a few cannot be events."""
    path = tmp_path / "runs.csv"
    with path.open("w", newline="") as output:
        rows = csv.writer(output)
        rows.writerow(("number", "finished", "agent_id", "duration_ms"))
        for number in range(1, ROWS + 1):
            finished = "once" if number in BAD_ROWS else f"2026-01-{1 + number % 28:02}T09:30:00Z"
            rows.writerow((number, finished, f"agent-{chance.randrange(9)}", chance.randrange(10_000)))
    return path


async def test_an_import_killed_at_any_moment_goes_on_and_stores_each_row_once(
    server: ShadowerServer, file: Path, tmp_path: Path, chance: Random
) -> None:
    rejects = tmp_path / "rejects.ndjson"
    words = ("import", file, "--workspace", "default", *COLUMNS, "--batch", "10", "--rejects", rejects)
    async with server.client() as api:
        for _ in range(KILLS):
            with server.running(*words) as process:
                await progress(api, process)
                await asyncio.sleep(chance.uniform(0, 0.2))
        assert 0 < await stored(api) < ROWS - len(BAD_ROWS), "no kill came before the end: the file is too short"
        told = await asyncio.to_thread(server.run, *words)
        assert told.returncode == NOT_ALL_STORED, told.stderr
        await check_rows(api)
    set_aside = [json.loads(line)["row"] for line in rejects.read_text().splitlines()]
    assert set_aside == sorted(BAD_ROWS)
    await verify(server)
    server.check_log()


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_an_import_outlives_the_server_it_sends_to(server: ShadowerServer, file: Path, chance: Random) -> None:
    words = ("import", file, *COLUMNS, "--batch", "10", "--url", server.url, "--key", ADMIN_KEY)
    async with server.client() as api:
        with server.running(*words) as process:
            for _ in range(KILLS):
                await progress(api, process)
                await asyncio.sleep(chance.uniform(0, 0.2))
                await kill_and_restart(server, chance)
            assert await asyncio.to_thread(process.wait, PATIENCE) == NOT_ALL_STORED
        await check_rows(api)
    await verify(server)
    server.check_log()


async def stored(api: httpx.AsyncClient) -> int:
    answer = await api.get("/events/statistics")
    return int(answer.raise_for_status().json()["events"])


async def progress(api: httpx.AsyncClient, process: subprocess.Popen[bytes]) -> None:
    """Wait until the import has stored something, or ended."""
    before = await stored(api)

    async def seen() -> bool:
        return process.poll() is not None or await stored(api) > before

    await eventually(seen)


async def check_rows(api: httpx.AsyncClient) -> None:
    found = await everything(api, "/events", order="oldest")
    rows = Counter(int(event["correlation_id"]) for event in found)
    assert rows == Counter(set(range(1, ROWS + 1)) - BAD_ROWS)
