"""What a process gives to those who listen, and no more."""

import asyncio
import socket as sockets
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from shadower.domain.keys.key import Scope
from shadower.domain.live import pulse
from tests.http.conftest import ADMIN_KEY
from tests.http.live.conftest import LIVE, Socket, poll, socket, stream, until_taken
from tests.http.live.test_sockets import closed
from tests.http.served import Listening

LARGE = {"note": "x" * 20_000}


async def send_large(listening: Listening, batches: int) -> None:
    for _ in range(batches):
        events = [{"type": "tool.called", "data": LARGE} for _ in range(10)]
        assert (await listening.api.post("/api/v1/events", json=events)).json()["stored"] == 10


def a_reluctant_socket(port: int) -> sockets.socket:
    """One that takes in little by itself."""
    made = sockets.socket()
    made.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
    made.connect(("127.0.0.1", port))
    made.setblocking(False)
    return made


def reluctant(listening: Listening, **parameters: Any) -> connect:  # noqa: ANN401 - of the library
    return connect(
        f"ws://127.0.0.1:{listening.port}{LIVE}?topic=events",
        additional_headers={"x-api-key": ADMIN_KEY},
        sock=a_reluctant_socket(listening.port),
        max_queue=1,
        max_size=None,
        **parameters,
    )


async def test_a_consumer_too_slow_is_told_of_the_gap_and_catches_up_from_there(listening: Listening) -> None:
    async with reluctant(listening) as connection:
        told = Socket(connection)
        await send_large(listening, 90)
        async with socket(listening, topic="events", after=890) as quick:
            while len(quick.positions) < 10:
                await quick.next()
        gap = await told.next()
        while gap["type"] != "gap":
            gap = await told.next()
    assert gap["position"] >= gap["after"] > 0
    assert told.positions == list(range(1, gap["after"] + 1))
    caught_up: list[int] = []
    after = gap["after"]
    while after < 900:
        answer = await poll(listening, topic="events", after=after)
        caught_up += [item["event"]["position"] for each in answer["messages"] for item in each["items"]]
        after = answer["position"]
    assert told.positions + caught_up == list(range(1, 901))
    assert "shadower_live_gaps_total 1.0" in (await listening.api.get("/metrics")).text


async def test_a_consumer_that_takes_in_nothing_loses_its_seat(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "LONGEST_SEND", 0.5)
    async with reluctant(listening, close_timeout=0.1):
        await send_large(listening, 90)
        async with asyncio.timeout(10):
            while listening.container.live().counts.ended["stuck"] == 0:  # noqa: ASYNC110 - told to nobody
                await asyncio.sleep(0.05)
    assert not listening.container.seats()._taken.total()


@pytest.mark.parametrize(
    "overrides", [{"live_connections": "3", "live_websockets": "2", "live_connections_per_key": "10"}]
)
async def test_the_last_seat_is_given_and_who_comes_next_is_told_to_poll(
    listening: Listening, overrides: dict[str, str]
) -> None:
    async with socket(listening, topic="events"), socket(listening, topic="events"):
        async with socket(listening, topic="events") as third:
            code, reason = await closed(third)
            assert (code, "event stream" in reason) == (1013, True)
        async with stream(listening, topic="events"):
            async with socket(listening, topic="events") as fourth:
                code, reason = await closed(fourth)
                assert (code, "live/poll" in reason) == (1013, True)
            answer = await listening.api.get(f"{LIVE}?topic=events")
            assert (answer.status_code, answer.json()["code"]) == (503, "live_full")
            assert answer.headers["retry-after"] == "5"
            assert "live/poll" in answer.json()["detail"]
            assert (await poll(listening, topic="events"))["position"] == 0


async def test_a_key_has_five_connections_and_another_key_has_its_own(listening: Listening) -> None:
    other = await listening.key(Scope.READ)
    async with (
        socket(listening, topic="events"),
        socket(listening, topic="events"),
        socket(listening, topic="events"),
        stream(listening, topic="events"),
        stream(listening, topic="events"),
    ):
        async with socket(listening, topic="events") as sixth:
            assert (await closed(sixth))[0] == 1008
        answer = await listening.api.get(f"{LIVE}?topic=events")
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_connections")
        async with socket(listening, {"x-api-key": other}, topic="events") as told:
            await listening.api.post("/api/v1/events", json=[{"type": "a.b"}])
            await told.next()
    async with socket(listening, topic="events"):
        pass


async def test_a_connection_that_asks_for_nothing_is_ended(listening: Listening) -> None:
    async with socket(listening) as told:
        await told.connection.recv()
        (listener,) = listening.container.live()._listeners
        listener._idle_since -= 61
        assert await closed(told) == (1008, "nothing was asked for")


async def test_silence_is_broken_by_heartbeats(listening: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "HEARTBEAT", 0.1)
    async with socket(listening, topic="events") as told, stream(listening, topic="events") as streamed:
        assert [(await each.next())["type"] for each in (told, streamed)] == ["heartbeat"] * 2


async def test_when_the_server_stops_every_connection_is_told(listening: Listening) -> None:
    async with (
        socket(listening, topic="events") as told,
        stream(listening, topic="events") as streamed,
        asyncio.TaskGroup() as group,
    ):
        waiting = group.create_task(poll(listening, topic="events", after=0))
        await asyncio.sleep(0.1)
        await listening.container.live().close()
        assert (await closed(told))[0] == 1012
        assert (await streamed.next())["code"] == 1012
        assert await waiting == {"position": 0, "messages": []}
    async with socket(listening, topic="events") as late:
        assert (await closed(late))[0] == 1012
    for path in (LIVE, f"{LIVE}/poll"):
        answer = await listening.api.get(f"{path}?topic=events")
        assert (answer.status_code, answer.json()["code"]) == (503, "live_closing")


async def test_a_stream_to_nobody_ends(listening: Listening) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", listening.port)
    writer.write(f"GET {LIVE}?topic=events HTTP/1.1\r\nHost: x\r\nX-API-Key: {ADMIN_KEY}\r\n\r\n".encode())
    await until_taken(listening, 1)
    writer.transport.abort()
    await until_taken(listening, 0)


async def test_a_head_request_opens_no_stream(listening: Listening) -> None:
    answer = await listening.api.head(f"{LIVE}?topic=events")
    assert answer.status_code == httpx.codes.METHOD_NOT_ALLOWED
