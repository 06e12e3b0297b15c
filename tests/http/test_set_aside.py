"""Events of the log that a projection could not take: shown with its name, and taken again once it can."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
import pytest_asyncio
from dependency_injector import providers

from shadower.domain.events.moments import rfc3339
from shadower.domain.projections.trial import Patience
from shadower.entrypoints.container import Container
from shadower.entrypoints.http.app import create_app
from shadower.entrypoints.settings_sources import settings_for
from shadower.testing import HandClock
from tests.http.conftest import ADMIN_KEY, Life, Service
from tests.projections import POISON, Sightings

QUARANTINE = "/api/v1/quarantine"


@pytest.fixture
def sightings() -> Sightings:
    return Sightings()


@pytest_asyncio.fixture
async def service(clock: HandClock, sightings: Sightings) -> AsyncIterator[Service]:
    """The application with one projection more."""
    container = Container(settings=settings_for(profile="memory", bootstrap_key=ADMIN_KEY))
    container.clock.override(providers.Object(clock))
    container.projections.add_args(providers.Object(sightings))
    container.run_projections.add_kwargs(patience=Patience(tries=2, first_wait=0.01))
    app = create_app(container)
    async with AsyncExitStack() as stack, Life(app):
        yield Service(app, container, clock, stack)


async def set_aside(api: httpx.AsyncClient) -> dict[str, Any]:
    """Send an event that nobody can take and return the entry it becomes."""
    sent = {"id": "run-1", "type": "agent.executed", "agent_id": POISON, "user_id": "ada", "source": "shop"}
    assert (await api.post("/api/v1/events", json=[sent, {"type": "user.login", "user_id": "grace"}])).is_success
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(20):
        while not found:
            found = (await api.get(QUARANTINE)).json()["items"]
    return found[0]


async def replay(api: httpx.AsyncClient, entry: dict[str, Any], body: object = None) -> httpx.Response:
    return await api.post(f"{QUARANTINE}/{entry['id']}/replay", json=body)


async def test_an_entry_names_the_projection_and_the_event(api: httpx.AsyncClient, clock: HandClock) -> None:
    entry = await set_aside(api)
    (event,) = (await api.get("/api/v1/events", params={"source": "shop"})).json()["items"]
    assert (entry["projection"], entry["code"], entry["field"]) == ("sightings", "projection_failed", None)
    assert (entry["source"], entry["last_seen_at"]) == ("shop", rfc3339(clock.now()))
    assert event["id"] in entry["sent"]


async def test_health_tells_how_many_were_set_aside_and_who_runs_what(api: httpx.AsyncClient) -> None:
    await set_aside(api)
    for path in ("/health", "/api/v1/health/data"):
        told = {each["name"]: each for each in (await api.get(path)).json()["projections"]}
        assert list(told) == ["rollups", "sightings"]
        mine = told["sightings"]
        assert (mine["state"], mine["set_aside"], mine["lag"]) == ("running", 1, 0)
        assert mine["owner"]
        assert "quotes" not in mine["last_error"]


async def test_replaying_it_lets_the_projection_take_it_again(api: httpx.AsyncClient, sightings: Sightings) -> None:
    entry = await set_aside(api)
    told = (await replay(api, entry)).json()
    assert (told["outcome"], told["code"]) == ("rejected", "projection_failed")
    assert told["entry"] == entry
    sightings.fails = False
    told = (await replay(api, entry)).json()
    assert (told["outcome"], told["code"], told["entry"]["state"]) == ("stored", None, "replayed")
    assert told["entry"]["replayed_as"] == told["id"]
    assert (await replay(api, entry)).json()["code"] == "quarantine_entry_replayed"


async def test_an_event_in_the_log_cannot_be_corrected(api: httpx.AsyncClient) -> None:
    entry = await set_aside(api)
    answer = await replay(api, entry, {"event": {"type": "agent.executed"}})
    assert (answer.status_code, answer.json()["code"]) == (400, "quarantine_entry_uncorrectable")


async def test_dropping_the_entry_leaves_the_event(api: httpx.AsyncClient) -> None:
    entry = await set_aside(api)
    assert (await api.delete(f"{QUARANTINE}/{entry['id']}")).status_code == 204
    assert (await api.get(QUARANTINE)).json()["items"] == []
    assert (await api.get("/api/v1/events/run-1")).status_code == 200


async def test_the_measurements_tell_of_every_projection(service: Service) -> None:
    await set_aside(await service.caller())
    told = (await (await service.caller(peer="127.0.0.1")).get("/metrics")).text
    for line in (
        'shadower_projection_set_aside_events{projection="sightings"} 1.0',
        'shadower_projection_paused{projection="sightings"} 0.0',
        'shadower_projection_owned{projection="sightings"} 1.0',
        'shadower_projection_failures{projection="sightings"} 0.0',
        'shadower_projection_lag_events{projection="sightings"} 0.0',
        'shadower_projection_lag_seconds{projection="rollups"} 0.0',
    ):
        assert line in told
