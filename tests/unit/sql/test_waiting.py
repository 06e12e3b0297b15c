"""Waiting for the log: however many wait, one looks, and nobody misses what he was told."""

import asyncio

import pytest

from shadower.adapters.sql.waiting import Growth
from tests.patience import SOON

POLL = "shadower.adapters.sql.waiting._POLL_SECONDS"


class Log:
    """A head that others move, and how often somebody looked at it."""

    def __init__(self) -> None:
        self.position = 0
        self.looks = 0
        self.takes = 0.0
        self.failure: Exception | None = None

    async def head(self) -> int:
        self.looks += 1
        seen = self.position
        await asyncio.sleep(self.takes)
        if self.failure is not None:
            raise self.failure
        return seen


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    monkeypatch.setattr(POLL, 600.0)  # nobody is saved by the next look
    return Log()


async def test_many_who_wait_look_as_often_as_one(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(POLL, 0.1)
    growth = Growth()
    waiting = [asyncio.create_task(growth.wait(log.head, 0, 60)) for _ in range(50)]
    await asyncio.sleep(0.75)
    assert 3 <= log.looks < 50, "each looks for all; on a busy machine a moment is a long one"
    log.position = 1
    assert await asyncio.gather(*waiting) == [1] * 50


async def test_those_who_are_told_look_at_once_whoever_looked_a_moment_ago(log: Log) -> None:
    growth = Growth()
    waiting = [asyncio.create_task(growth.wait(log.head, 0, 60)) for _ in range(9)]
    await asyncio.sleep(0.01)
    log.position = 1
    growth.tell()
    async with asyncio.timeout(SOON):
        assert await asyncio.gather(*waiting) == [1] * 9


async def test_a_look_that_began_before_is_not_trusted_by_those_who_are_told_during_it(log: Log) -> None:
    growth = Growth()
    log.takes = 0.05
    waiting = [asyncio.create_task(growth.wait(log.head, 0, 60)) for _ in range(3)]
    await asyncio.sleep(0.02)
    log.position = 1
    growth.tell()
    async with asyncio.timeout(SOON):
        assert await asyncio.gather(*waiting) == [1] * 3


async def test_whoever_looks_and_goes_away_leaves_the_looking_to_the_next(log: Log) -> None:
    growth = Growth()
    log.takes = 0.05
    first = asyncio.create_task(growth.wait(log.head, 0, 60))
    second = asyncio.create_task(growth.wait(log.head, -1, 60))
    await asyncio.sleep(0.01)
    first.cancel()
    async with asyncio.timeout(SOON):
        assert await second == 0


async def test_an_outage_is_told_to_everybody_who_waits(log: Log) -> None:
    growth = Growth()
    waiting = [asyncio.create_task(growth.wait(log.head, 0, 60)) for _ in range(3)]
    await asyncio.sleep(0.01)
    log.failure = ConnectionError()
    growth.tell()
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(end) for end in ends] == [ConnectionError] * 3
    log.failure = None
    async with asyncio.timeout(SOON):
        assert await growth.wait(log.head, -1, 60) == 0


async def test_an_outage_that_takes_long_is_not_waited_for_by_one_after_the_other(log: Log) -> None:
    growth = Growth()
    log.takes, log.failure = 0.2, TimeoutError()
    waiting = [asyncio.create_task(growth.wait(log.head, 0, 60)) for _ in range(20)]
    async with asyncio.timeout(2):
        await asyncio.gather(*waiting, return_exceptions=True)
    assert log.looks <= 2


async def test_time_that_runs_out_returns_what_is_there(log: Log) -> None:
    log.position = 4
    async with asyncio.timeout(SOON):
        assert await Growth().wait(log.head, 9, 0.05) == 4
        assert await Growth().wait(log.head, 9, 0) == 4
