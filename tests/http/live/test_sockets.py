"""The WebSocket: what a client may say, and how it ends."""

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from shadower.domain.keys.key import Scope
from shadower.entrypoints.http.live import socket as socket_module
from shadower.entrypoints.http.live.topics.registry import TOPICS
from tests.http.conftest import ADMIN_KEY
from tests.http.live.conftest import LIVE, WITHIN, Socket, poll, send, socket, stream
from tests.http.served import Listening


async def closed(told: Socket) -> tuple[int, str]:
    """The code with which the connection is closed, and the reason."""
    close = None
    while close is None:
        try:
            await told.next()
        except ConnectionClosed as error:
            close = error.rcvd
            assert close is not None, "It broke off without a word."
    return close.code, close.reason


async def refused(listening: Listening, path: str = LIVE, **headers: str) -> tuple[int, dict[str, Any]]:
    """The status and the problem with which a connection is refused."""
    with pytest.raises(InvalidStatus) as refusal:
        async with connect(f"ws://127.0.0.1:{listening.port}{path}", additional_headers=headers, proxy=None):
            pass
    response = refusal.value.response
    return response.status_code, json.loads(response.body or b"")


async def test_a_client_subscribes_and_unsubscribes_as_it_goes(listening: Listening) -> None:
    async with socket(listening) as told:
        await told.say(type="subscribe", id="a", topic="events", parameters={"agent_id": "a"})
        await told.say(type="subscribe", id="numbers", topic="metrics", parameters={"metric": "events", "every": 1})
        assert (await told.next())["subscription"] == "numbers"
        await send(listening, "a", "b")
        assert (await told.next())["items"][0]["subscriptions"] == ["a"]
        await told.say(type="unsubscribe", id="a")
        while (message := await told.next())["type"] != "unsubscribed":
            pass
        assert message == {"type": "unsubscribed", "position": 2, "subscription": "a"}
        await told.say(type="subscribe", id="b", topic="events", parameters={"agent_id": "b"})
        await send(listening, "a", "b")
        while (message := await told.next())["type"] != "events":
            pass
        assert [item["subscriptions"] for item in message["items"]] == [["b"]]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("no json", "message_invalid"),
        ("[]", "message_invalid"),
        ('{"type":"shout","id":"a"}', "message_invalid"),
        ('{"type":"subscribe","id":"a","topic":"events","after":3}', "message_invalid"),
        ('{"type":"subscribe","id":"","topic":"events"}', "message_invalid"),
        ('{"type":"subscribe","id":"a","topic":"nothing"}', "unknown_topic"),
        ('{"type":"subscribe","id":"a","topic":"events","parameters":{"agent":"a"}}', "unknown_parameter"),
        ('{"type":"subscribe","id":"a","topic":"health","parameters":{"every":0.5}}', "parameter_invalid"),
        ('{"type":"subscribe","id":"a","topic":"metrics","parameters":{"question":"why"}}', "parameter_invalid"),
        ('{"type":"subscribe","id":"events","topic":"events"}', "subscription_name_taken"),
    ],
)
async def test_what_is_not_understood_is_told_and_ends_nothing(listening: Listening, message: str, code: str) -> None:
    async with socket(listening, topic="events") as told:
        await told.connection.send(message)
        problem = await told.next()
        assert problem["type"] == "problem"
        assert problem["problem"]["code"] == code, problem
        await send(listening, "a")
        assert (await told.next())["type"] == "events"


async def test_more_subscriptions_than_a_connection_takes_are_refused(listening: Listening) -> None:
    async with socket(listening) as told:
        for number in range(33):
            await told.say(type="subscribe", id=str(number), topic="events")
        assert (await told.next())["problem"]["code"] == "too_many_subscriptions"


async def test_too_many_messages_close_it_with_1008(listening: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_module, "MESSAGES_AT_ONCE", 5)
    async with socket(listening, topic="events") as told:
        for _ in range(6):
            await told.say(type="unsubscribe", id="x")
        assert await closed(told) == (1008, "too many messages")


async def test_too_many_subscribe_messages_close_it_with_1008(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_module, "SUBSCRIPTIONS_AT_ONCE", 3)
    async with socket(listening) as told:
        for number in range(4):
            await told.say(type="subscribe", id=str(number), topic="events")
        assert (await closed(told))[0] == 1008
        assert [each["type"] for each in told.messages].count("subscribed") == 3


async def test_what_is_no_text_or_too_long_closes_it(listening: Listening) -> None:
    async with socket(listening, topic="events") as told:
        await told.connection.send(b"\x00\x01")
        assert (await closed(told))[0] == 1003
    async with socket(listening, topic="events") as told:
        await told.connection.send("x" * (socket_module.LONGEST_MESSAGE + 1))
        assert (await closed(told))[0] == 1009


async def test_pings_are_answered(listening: Listening) -> None:
    async with socket(listening, topic="events") as told:
        async with asyncio.timeout(WITHIN):
            await (await told.connection.ping())


async def test_a_connection_is_refused_with_a_problem_before_it_is_one(listening: Listening) -> None:
    ingest_only = await listening.key(Scope.INGEST)
    for path, headers, status, code in (
        (LIVE, {}, 401, "key_unknown"),
        (LIVE, {"x-api-key": "shd_wrong"}, 401, "key_unknown"),
        (f"{LIVE}?topic=events", {"x-api-key": ingest_only}, 403, "scope_missing"),
        (f"{LIVE}?topic=nothing", {"x-api-key": ADMIN_KEY}, 400, "unknown_topic"),
        (f"{LIVE}?topic=events&agnet_id=a", {"x-api-key": ADMIN_KEY}, 400, "unknown_parameter"),
        (f"{LIVE}?topic=events&wait=3", {"x-api-key": ADMIN_KEY}, 400, "unknown_parameter"),
        (f"{LIVE}/poll?topic=events", {"x-api-key": ADMIN_KEY}, 404, "route_not_found"),
        ("/", {"x-api-key": ADMIN_KEY}, 404, "route_not_found"),
    ):
        told_status, problem = await refused(listening, path, **headers)
        assert (told_status, problem["code"]) == (status, code), path


async def test_each_topic_is_open_to_those_who_may_read_and_to_nobody_else(listening: Listening) -> None:
    ingest_only = await listening.key(Scope.INGEST)
    reader = await listening.key(Scope.READ)
    async with socket(listening, {"x-api-key": ingest_only}) as told:
        for topic in (kind.name for kind in TOPICS):
            await told.say(type="subscribe", id=topic, topic=topic)
            assert (await told.next())["problem"]["code"] == "scope_missing"
    async with socket(listening, {"x-api-key": reader}, topic=[kind.name for kind in TOPICS]) as told:
        assert {(await told.next())["type"] for _ in range(3)} == {"metrics", "jobs", "health"}


async def test_a_browser_is_let_in_by_its_cookie_only_from_our_own_pages(listening: Listening) -> None:
    answer = await listening.api.post("/sign-in", data={"key": ADMIN_KEY}, headers={"origin": own(listening)})
    cookie = answer.headers["set-cookie"].partition(";")[0]
    async with socket(listening, {"cookie": cookie, "origin": own(listening)}, topic="events") as told:
        await send(listening, "a")
        await told.next()
    for origin in ({"origin": "https://evil.example"}, {}, {"origin": own(listening), "sec-fetch-site": "cross-site"}):
        status, problem = await refused(listening, f"{LIVE}?topic=events", cookie=cookie, **origin)
        assert (status, problem["code"]) == (403, "cross_site_request"), origin


def own(listening: Listening) -> str:
    return f"http://127.0.0.1:{listening.port}"


async def test_nothing_of_another_workspace_is_told(listening: Listening) -> None:
    theirs = await listening.key(Scope.ADMIN, workspace="elsewhere")
    runs = {"source": "api"}
    asked = runs | {"topic": ["events", "metrics"], "metric": "events", "timeframe": "24h", "every": 1}
    async with (
        socket(listening, **asked) as ours,
        socket(listening, {"x-api-key": theirs}, **asked) as told,
        stream(listening, {"x-api-key": theirs}, topic="events", after=0, **runs) as streamed,
    ):
        await send(listening, "ours")
        await send(listening, "theirs", key=theirs)
        for each in (ours, told):
            while not each.agents or each.messages[-1].get("type") != "metrics":
                await each.next()
        await streamed.next()
        assert (ours.agents, told.agents, streamed.agents) == (["ours"], ["theirs"], ["theirs"])
        counts = {each.messages[-1]["data"]["metrics"]["events"]["value"] for each in (ours, told)}
        assert counts == {1}
    listening.api.headers["x-api-key"] = theirs
    answer = await poll(listening, topic="events", after=0, **runs)
    assert [item["event"]["agent_id"] for item in answer["messages"][0]["items"]] == ["theirs"]


async def test_a_revoked_key_ends_its_connections(listening: Listening) -> None:
    key = await listening.key(Scope.READ)
    async with (
        socket(listening, {"x-api-key": key}, topic="events") as told,
        stream(listening, {"x-api-key": key}, topic="events") as streamed,
    ):
        number = (await listening.api.get("/api/v1/keys")).json()["items"][-1]["id"]
        assert (await listening.api.delete(f"/api/v1/keys/{number}")).status_code == 200
        assert (await closed(told))[0] == 1008
        while (message := await streamed.next())["type"] != "close":
            assert message["type"] == "events"  # that the key was revoked is an event as well
        assert message["code"] == 1008
        with pytest.raises(StopAsyncIteration):
            await streamed.next()


async def test_a_browser_session_that_was_ended_ends_its_connections(listening: Listening) -> None:
    headers = {"origin": own(listening)}
    answer = await listening.api.post("/sign-in", data={"key": ADMIN_KEY}, headers=headers)
    cookie = answer.headers["set-cookie"].partition(";")[0]
    async with socket(listening, {"cookie": cookie, **headers}, topic="events") as told:
        await listening.api.post("/sign-out", headers={**headers, "cookie": cookie})
        assert (await closed(told))[0] == 1008
