"""Two schedulers, the clock of one three seconds ahead of the other's, are killed in turn: each slot has one run."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from time import time_ns
from typing import ClassVar

import httpx
import pytest

from shadower.domain.events.moments import MINUTE, SECOND, parse_moment
from shadower.domain.schedules.schedule import Missed
from tests.faults.companion import Companion
from tests.faults.reckoning import everything
from tests.faults.scheduler_process import AHEAD, BOOK, START, schedule_that
from tests.faults.shadower_server import ShadowerServer, check_log
from tests.patience import eventually

APART = 3 * SECOND
KILLS = 2


class SchedulerRunner(Companion):
    """A process that does nothing but look at schedules."""

    name: ClassVar[str] = "scheduler"
    module: ClassVar[str] = "tests.faults.scheduler_process"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Has a line for each job that was made: by which process."""
    path = tmp_path / "book"
    path.touch()
    return path


@pytest.fixture
def schedulers(server: ShadowerServer, book: Path) -> Iterator[Sequence[SchedulerRunner]]:
    told: dict[str, str | Path | int] = {BOOK: book, START: time_ns() // 1000}
    with (
        SchedulerRunner(server, **told | {AHEAD: 0}) as right,
        SchedulerRunner(server, **told | {AHEAD: APART}) as fast,
    ):
        yield right, fast


async def test_schedulers_whose_clocks_are_apart_and_that_are_killed_run_each_slot_once(
    server: ShadowerServer, schedulers: Sequence[SchedulerRunner], book: Path, seed: str, chance: Random
) -> None:
    async def more(jobs: int) -> None:
        wanted = len(makers(book)) + jobs
        await eventually(lambda: len(makers(book)) >= wanted)

    for number in range(KILLS):
        victim = schedulers[number % 2]
        await eventually(lambda: {scheduler.pid for scheduler in schedulers} <= set(makers(book)))
        await more(chance.randrange(10))
        await asyncio.sleep(chance.uniform(0, 0.1))
        await asyncio.to_thread(victim.kill9)
        await more(chance.randrange(10))
        await asyncio.to_thread(victim.start)
    await eventually(lambda: {scheduler.pid for scheduler in schedulers} <= set(makers(book)))
    for scheduler in schedulers:
        await asyncio.to_thread(scheduler.kill9)
        check_log(scheduler.log)
    async with server.client() as api:
        slots = await slots_of(api, Missed.ALL)
        assert slots == list(range(slots[0], slots[-1] + MINUTE, MINUTE))
        for missed in (Missed.SKIP, Missed.LAST):
            some = await slots_of(api, missed)
            assert len(set(some)) == len(some) > 0
    server.check_log()


def makers(book: Path) -> Sequence[int]:
    return [int(line) for line in book.read_text().splitlines()]


async def slots_of(api: httpx.AsyncClient, missed: Missed) -> Sequence[int]:
    """Return the slots that have a run, in order, each as often as it has one."""
    mark = f"schedule:{schedule_that(missed).name}"
    jobs = [job for job in await everything(api, "/jobs") if job["correlation_id"] == mark]
    return sorted(parse_moment(job["payload"]["slot"]) for job in jobs)
