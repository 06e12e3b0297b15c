"""Answers about metrics over HTTP, with what was counted kept: exact to the event, and nobody else's."""

import asyncio

import httpx
import pytest

from shadower.domain.events.moments import DAY, SECOND
from shadower.domain.keys.key import Scope
from shadower.entrypoints.http.wire.times import utc
from shadower.testing import NOW
from tests.http.conftest import Service

PATHS = [
    "/api/v1/metrics/summary?metric=events,active_users&timeframe=7d&compare=previous",
    "/api/v1/metrics/timeseries?metric=events&timeframe=7d&interval=day",
    "/api/v1/metrics/breakdown?metric=events&by=user_id&timeframe=7d",
]


async def send(caller: httpx.AsyncClient, number: int, days_ago: int, user: str) -> None:
    at = utc(NOW - days_ago * DAY - SECOND)
    event = {"id": f"{user}-{number}", "type": "agent.executed", "occurred_at": at, "user_id": user}
    assert (await caller.post("/api/v1/events", json=[event])).status_code == 200


async def events(caller: httpx.AsyncClient) -> int:
    told = (await caller.get(PATHS[0])).json()
    assert (told["exact"], told["degraded"]) == (True, False)
    return int(told["metrics"]["events"]["value"])


async def test_a_question_after_an_ingest_answer_includes_its_events_however_late_they_are(service: Service) -> None:
    caller = await service.caller()
    before = await events(caller)
    for number, days_ago in enumerate((0, 3, 0, 5, 1), 1):
        await send(caller, number, days_ago, "ada")
        assert await events(caller) == before + number


@pytest.mark.parametrize("path", PATHS, ids=["summary", "timeseries", "breakdown"])
async def test_no_answer_of_one_workspace_serves_another(service: Service, path: str) -> None:
    ours, theirs = await service.caller(), await service.caller(await service.key(Scope.ADMIN, workspace="elsewhere"))
    await send(ours, 1, 3, "ada")
    for number in range(3):
        await send(theirs, number, 3, "grace")
    answers = await asyncio.gather(*(caller.get(path) for _ in range(3) for caller in (ours, theirs)))
    our_own = {answer.text for answer in answers[::2]}
    their_own = {answer.text for answer in answers[1::2]}
    assert (len(our_own), len(their_own)) == (1, 1)
    assert our_own != their_own
    assert not any("grace" in text for text in our_own)
    assert not any("ada" in text for text in their_own)
