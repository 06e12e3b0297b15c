"""For those who can use no connection."""

import asyncio
import json

import pytest

from tests.http.live.conftest import LIVE, poll, send
from tests.http.served import Listening

NUMBERS = {"topic": ["events", "metrics"], "metric": "executions", "every": 1}


async def test_the_first_poll_says_where_it_begins_and_what_there_is(listening: Listening) -> None:
    await send(listening, "a")
    answer = await poll(listening, **NUMBERS)
    assert answer["position"] == 1
    (metrics,) = answer["messages"]
    assert metrics["data"]["metrics"]["executions"]["value"] == 1
    assert await poll(listening, topic="events") == {"position": 1, "messages": []}


async def test_the_next_one_waits_for_news_and_brings_the_numbers_along(listening: Listening) -> None:
    await poll(listening, **NUMBERS)
    waiting = asyncio.create_task(poll(listening, **NUMBERS, after=0))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    await send(listening, "a")
    answer = await waiting
    assert answer["position"] == 1
    assert [each["type"] for each in answer["messages"]] == ["events", "metrics"]


async def test_numbers_that_change_are_news_too(listening: Listening) -> None:
    asked = {**NUMBERS, "topic": "metrics"}
    await poll(listening, **asked)
    waiting = asyncio.create_task(poll(listening, **asked, after=0))
    await send(listening, "a")
    (metrics,) = (await waiting)["messages"]
    assert metrics["data"]["metrics"]["executions"]["value"] == 1


async def test_waiting_ends(listening: Listening) -> None:
    assert await poll(listening, topic="events", after=0, wait=0.2) == {"position": 0, "messages": []}
    assert await poll(listening, topic="events", after=0, wait=0) == {"position": 0, "messages": []}


async def test_much_comes_in_pieces_even_to_those_who_do_not_wait(listening: Listening) -> None:
    for _ in range(4):
        await send(listening, *["a"] * 400, "rare")
    positions: list[int] = []
    after, polls = 0, 0
    while after < 1_604:
        answer = await poll(listening, topic="events", after=after, wait=0)
        positions += [item["event"]["position"] for each in answer["messages"] for item in each["items"]]
        assert answer["position"] > after
        after = answer["position"]
        polls += 1
    assert positions == list(range(1, 1_605))
    assert polls > 2
    rare = await poll(listening, topic="events", agent_id="rare", after=0)
    assert [item["event"]["position"] for item in rare["messages"][0]["items"]][:1] == [401]


async def test_a_position_the_log_never_had_is_told(listening: Listening) -> None:
    answer = await poll(listening, topic="events", after=99)
    assert answer["position"] == 0
    assert answer["messages"][0]["problem"]["code"] == "position_unknown"


async def test_what_cannot_be_asked_is_refused(listening: Listening) -> None:
    for parameters, code in (
        ("", "nothing_asked"),
        ("?topic=events&wait=26", "parameter_invalid"),
        ("?topic=events&after=-1", "parameter_invalid"),
        ("?topic=events&after=9223372036854775808", "parameter_invalid"),
        ("?topic=events&limit=3", "unknown_parameter"),
        ("?topic=events&wait=1&wait=2", "repeated_parameter"),
    ):
        answer = await listening.api.get(f"{LIVE}/poll{parameters}")
        assert (answer.status_code, answer.json()["code"]) == (400, code), parameters


async def test_a_misspelt_wait_is_told_how_it_is_written(listening: Listening) -> None:
    answer = await listening.api.get(f"{LIVE}/poll?topic=events&wiat=1")
    assert answer.json()["detail"] == "There is no parameter 'wiat'. Did you mean wait?"


async def test_a_question_that_cannot_be_right_is_told_at_once(listening: Listening) -> None:
    answer = await poll(listening, topic="metrics", metric="executionz", after=0)
    assert answer["messages"][0]["problem"]["code"] == "unknown_metric"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("status", "Success", "unknown_status"),
        ("missing", "cost", "unknown_filter"),
        ("has", "data", "unknown_filter"),
    ],
)
@pytest.mark.parametrize("topic", ["events", "metrics"])
async def test_a_filter_that_no_event_can_pass_is_a_mistake_and_told(
    listening: Listening, topic: str, field: str, value: str, code: str
) -> None:
    answer = await listening.api.get(f"{LIVE}/poll", params={"topic": topic, "after": 0, field: value})
    told = answer.json()
    assert (answer.status_code, told["code"], told["errors"][0]["field"]) == (400, code, field)


@pytest.mark.parametrize("overrides", [{"live_connections": "0", "live_connections_per_key": "0"}])
async def test_polling_needs_no_seat(listening: Listening, overrides: dict[str, str]) -> None:
    many = [poll(listening, topic="events", after=0) for _ in range(20)]
    waiting = asyncio.gather(*many)
    await asyncio.sleep(0.3)
    await send(listening, "a")
    for answer in await waiting:
        assert json.dumps(answer).count('"agent_id": "a"') == 1
