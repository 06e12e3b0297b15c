"""What is told, over each of the ways."""

import asyncio
import json
import random
from contextlib import AbstractAsyncContextManager
from time import monotonic
from typing import Any

import pytest

from tests.http.live.conftest import Socket, Stream, poll, send, socket, stream
from tests.http.served import Listening

WAYS = {"websocket": socket, "stream": stream}
OPENED = {"type": "welcome", "position": 0, "heartbeat": 30.0}


def way(name: str, listening: Listening, **parameters: Any) -> AbstractAsyncContextManager[Socket | Stream]:  # noqa: ANN401 - a query
    return WAYS[name](listening, **parameters)  # type: ignore[operator]


@pytest.mark.parametrize("name", WAYS)
async def test_an_event_is_told_within_200_ms_of_the_ingest_answer(listening: Listening, name: str) -> None:
    async with way(name, listening, topic="events") as told:
        await send(listening, "warm")
        await told.next()
        waits = []
        for _ in range(5):
            await send(listening, "a")
            answered = monotonic()
            message = await told.next()
            waits.append(monotonic() - answered)
        assert min(waits) < 0.2, waits
    assert told.messages[0] == OPENED
    assert told.messages[1] == {"type": "subscribed", "position": 0, "subscription": "events", "topic": "events"}
    event = (await listening.api.get("/api/v1/events", params={"limit": 1})).json()["items"][0]
    assert message == {"type": "events", "position": 6, "items": [{"subscriptions": ["events"], "event": event}]}


@pytest.mark.parametrize("name", WAYS)
async def test_filters_are_those_of_the_lists(listening: Listening, name: str) -> None:
    async with way(name, listening, topic="events", agent="triage", status="success") as told:
        await send(listening, "other", "triage", "other", "triage")
        await told.next()
    assert told.agents == ["triage", "triage"]


@pytest.mark.parametrize("name", WAYS)
async def test_metrics_are_told_at_once_and_again_when_events_came_in(listening: Listening, name: str) -> None:
    asked = {"topic": "metrics", "metric": "executions,cost", "timeframe": "24h", "every": "1"}
    async with way(name, listening, **asked) as told:
        first = await told.next()
        await send(listening, "a", "b")
        second = await told.next()
    assert (first["type"], first["subscription"]) == ("metrics", "metrics")
    assert list(first["data"]["metrics"]) == ["executions", "cost"]
    assert [each["data"]["metrics"]["executions"]["value"] for each in (first, second)] == [0, 2]
    assert [each["position"] for each in (first, second)] == [0, 2]


@pytest.mark.parametrize("name", WAYS)
async def test_several_questions_go_into_one_connection(listening: Listening, name: str) -> None:
    over_time = {"question": "timeseries", "metric": ["executions"], "interval": "day", "group_by": "status"}
    wanted = [
        {"id": "numbers", "topic": "metrics", "parameters": {"metric": ["executions"]}},
        {"id": "shape", "topic": "metrics", "parameters": over_time},
        {"id": "top", "topic": "metrics", "parameters": {"question": "breakdown", "by": "agent_id", "limit": 3}},
        {"id": "how", "topic": "health"},
    ]
    async with way(name, listening, subscribe=[json.dumps(each) for each in wanted]) as told:
        answers = {}
        while len(answers) < 4:
            message = await told.next()
            answers[message["subscription"]] = message
    assert answers["shape"]["data"]["interval"] == "day"
    assert answers["top"]["data"]["by"] == "agent_id"
    assert answers["how"]["type"] == "health"
    assert answers["how"]["data"]["status"] == "ok"
    assert answers["how"]["data"]["store"]["reachable"] is True


@pytest.mark.parametrize("name", WAYS)
async def test_a_question_that_cannot_be_answered_is_a_problem_of_its_subscription(
    listening: Listening, name: str
) -> None:
    async with way(name, listening, topic=["metrics", "events"], metric="executionz") as told:
        problem = await told.next()
        await send(listening, "a")
        assert (await told.next())["type"] == "events"
    assert problem["subscription"] == "metrics"
    assert problem["problem"]["code"] == "unknown_metric"
    assert problem["problem"]["status"] == 400


@pytest.mark.parametrize("name", WAYS)
async def test_who_comes_back_with_the_last_position_goes_on_from_there(listening: Listening, name: str) -> None:
    await send(listening, *"abc")
    async with way(name, listening, topic="events", after=1) as told:
        await told.next()
    assert told.agents == ["b", "c"]


async def test_a_browser_comes_back_with_the_id_of_the_last_record(listening: Listening) -> None:
    await send(listening, *"abc")
    async with stream(listening, topic="events", after=0) as first:
        await first.next()
    await send(listening, "d")
    headers = {"x-api-key": "", "authorization": f"Bearer {listening.api.headers['x-api-key']}"}
    async with stream(listening, {**headers, "last-event-id": first.last_id}, topic="events", after=0) as again:
        await again.next()
    assert again.agents == ["d"]


@pytest.mark.parametrize("name", [*WAYS, "poll"])
async def test_under_load_and_with_broken_connections_the_sequence_is_whole(listening: Listening, name: str) -> None:
    chance = random.Random(11)
    total = 400
    writing = asyncio.create_task(write(listening, chance, total))
    positions: list[int] = []
    after = 0
    while after < total:
        if name == "poll":
            answer = await poll(listening, topic="events", after=after)
            items = [item for message in answer["messages"] for item in message["items"]]
            positions += [item["event"]["position"] for item in items]
            after = answer["position"]
            continue
        async with way(name, listening, topic="events", after=after) as told:
            for _ in range(chance.randrange(1, 4)):
                after = (await told.next())["position"]
                if after == total:
                    break
        positions += told.positions
    await writing
    assert positions == list(range(1, total + 1))


async def write(listening: Listening, chance: random.Random, total: int) -> None:
    left = total
    while left:
        many = min(left, chance.randrange(1, 12))
        await send(listening, *["a"] * many)
        left -= many
        await asyncio.sleep(chance.random() * 0.02)


async def test_all_connections_are_told_the_same(listening: Listening) -> None:
    key = listening.container.seats()
    key._most_per_key = 100
    async with asyncio.TaskGroup() as group:

        async def listen() -> None:
            async with socket(listening, topic="events") as told:
                opened.release()
                while len(told.agents) < 3:
                    await told.next()
                assert told.agents == ["a", "b", "c"]

        opened = asyncio.Semaphore(0)
        for _ in range(50):
            group.create_task(listen())
        for _ in range(50):
            await opened.acquire()
        await asyncio.sleep(0.2)
        await send(listening, *"abc")
