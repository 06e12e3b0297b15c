"""Runners of projections are killed and frozen under load: exactly once inside, at least once outside."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from random import Random

import pytest

from shadower.application.ports.projection_cursors import ProjectionStatus
from shadower.application.ports.work import BeginWork
from shadower.entrypoints.settings_sources import settings_for
from shadower.entrypoints.wiring.choice import chosen_store
from shadower.testing import HandClock
from tests.faults.load import load
from tests.faults.projection_runner import ProjectionRunner, Receiver, receiving
from tests.faults.reckoning import check_events, reckon
from tests.faults.shadower_server import ShadowerServer, check_log
from tests.patience import eventually
from tests.projections import Sightings

KILLS = 3
NAMES = ("sightings", "post", "rollups")
TAKEN_OVER_WITHIN = 10.0


@pytest.fixture
def receiver(chance: Random) -> Iterator[Receiver]:
    with receiving(Random(chance.random())) as receiver:
        yield receiver


@pytest.fixture
def runners(server: ShadowerServer, receiver: Receiver) -> Iterator[Sequence[ProjectionRunner]]:
    """Two, either of which may have any lease."""
    with ProjectionRunner(server, receiver.address) as one, ProjectionRunner(server, receiver.address) as other:
        yield one, other


@asynccontextmanager
async def looking_at(server: ShadowerServer) -> AsyncIterator[BeginWork]:
    """The server's store, as one more process has it open."""
    url = server.settings.get("SHADOWER_DATABASE_URL", f"sqlite:///{server.sqlite_file}")
    bundle = chosen_store(settings_for(database_url=url), HandClock())
    try:
        yield bundle.begin
    finally:
        await bundle.store.close()


async def statuses(begin: BeginWork) -> Mapping[str, ProjectionStatus]:
    async with begin(reading=True) as work:
        return {found.name: found for found in await work.projections.statuses(NAMES)}


async def caught_up(begin: BeginWork) -> None:
    async def at_head() -> bool:
        return all(found.cursor == found.head for found in (await statuses(begin)).values())

    await eventually(at_head)


async def cursors(begin: BeginWork) -> Mapping[str, int]:
    return {name: found.cursor for name, found in (await statuses(begin)).items()}


async def counts(begin: BeginWork) -> Counter[str]:
    async with begin(reading=True) as work:
        return await Sightings().counts(work)


async def owner_of(begin: BeginWork, name: str, runners: Sequence[ProjectionRunner]) -> ProjectionRunner:
    """Return whoever runs it, once somebody does."""
    found: list[ProjectionRunner] = []

    async def is_run() -> bool:
        owner = (await statuses(begin))[name].owner
        found[:] = [runner for runner in runners if owner is not None and f"/{runner.pid}/" in owner]
        return bool(found)

    await eventually(is_run)
    return found[0]


async def check(
    server: ShadowerServer, begin: BeginWork, receiver: Receiver, kept: Sequence[Mapping[str, str]]
) -> None:
    """Inside every event counts once; outside each has arrived, and its id tells which came twice."""
    await caught_up(begin)
    assert await counts(begin) == Counter(event["user_id"] for event in kept)
    assert receiver.times.keys() == {event["id"].lower() for event in kept}


async def test_runners_killed_amid_their_steps_count_every_event_once_and_deliver_each(
    server: ShadowerServer, runners: Sequence[ProjectionRunner], receiver: Receiver, seed: str, chance: Random
) -> None:
    async with looking_at(server) as begin:
        async with load(server, seed, steady=True, senders=2) as clients:
            for kill in range(KILLS):
                await clients.more(chance.randrange(5, 40))
                name = chance.choice(("sightings", "post"))
                victim = await owner_of(begin, name, runners)
                await asyncio.sleep(chance.uniform(0, 0.3))
                await asyncio.to_thread(victim.kill9)
                if kill % 2 == 0:
                    await check_taken_over(begin, name, [runner for runner in runners if runner is not victim])
                await asyncio.to_thread(victim.start)
            await clients.more(10)
        async with server.client() as api:
            await check(server, begin, receiver, await check_events(api, clients.ledger))
    for runner in runners:
        await asyncio.to_thread(runner.stop)
        check_log(runner.log)
    await reckon(server, clients.ledger)


async def check_taken_over(begin: BeginWork, name: str, others: Sequence[ProjectionRunner]) -> None:
    died_at = time.monotonic()
    await owner_of(begin, name, others)
    assert time.monotonic() - died_at < TAKEN_OVER_WITHIN


@pytest.mark.parametrize("server", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_a_runner_frozen_past_its_lease_and_resumed_moves_nothing(
    server: ShadowerServer, runners: Sequence[ProjectionRunner], receiver: Receiver, seed: str, chance: Random
) -> None:
    async with looking_at(server) as begin:
        async with load(server, seed, steady=True, senders=2) as clients:
            await clients.more(20)
            frozen = await owner_of(begin, "sightings", runners)
            (other,) = (runner for runner in runners if runner is not frozen)
            await asyncio.sleep(chance.uniform(0, 0.3))
            frozen.freeze()
            for name in ("sightings", "post"):
                assert await owner_of(begin, name, [other]) is other
            await clients.more(20)
        await caught_up(begin)
        before = await cursors(begin), await counts(begin)
        frozen.thaw()
        await eventually(lambda: "lease_lost" in frozen.log.read_text())
        await asyncio.sleep(3)
        assert (await cursors(begin), await counts(begin)) == before
        async with server.client() as api:
            kept = await check_events(api, clients.ledger)
            await check(server, begin, receiver, kept)
            await asyncio.to_thread(other.kill9)
            (await api.post("/events", json=[{"type": "user.login", "user_id": "late"}])).raise_for_status()
            assert await owner_of(begin, "sightings", [frozen]) is frozen
            await caught_up(begin)
        assert await counts(begin) == Counter(event["user_id"] for event in kept) + Counter(["late"])
