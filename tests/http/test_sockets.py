"""A real server on a real socket: bodies that stop halfway, that come slowly, and that never end."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shadower.entrypoints.http.wire import body as reading
from tests.http.conftest import ADMIN_KEY
from tests.http.served import Listening, serving

EVENTS = b'[{"type":"a.b"}]'


@pytest_asyncio.fixture
async def listening() -> AsyncIterator[Listening]:
    async with serving() as listening:
        yield listening


def head(length: int | None, *more: str) -> bytes:
    lines = [
        "POST /api/v1/events HTTP/1.1",
        "Host: localhost",
        f"X-API-Key: {ADMIN_KEY}",
        "Content-Type: application/json",
        *more,
        *([] if length is None else [f"Content-Length: {length}"]),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def test_a_body_may_come_in_pieces(listening: Listening) -> None:
    answer = await listening.talk(head(len(EVENTS)), *[EVENTS[i : i + 1] for i in range(len(EVENTS))], pause=0.005)
    assert b'"stored":1' in answer
    answer = await listening.talk(
        head(None, "Transfer-Encoding: chunked"), chunk(EVENTS[:5]), chunk(EVENTS[5:]), b"0\r\n\r\n"
    )
    assert b'"stored":1' in answer


@pytest.mark.parametrize("compressed", [False, True])
async def test_a_body_that_stops_halfway_is_400_and_nothing_is_stored(listening: Listening, compressed: bool) -> None:  # noqa: FBT001
    whole = gzip.compress(EVENTS) if compressed else EVENTS
    encoding = "Content-Encoding: gzip" if compressed else "X-Plain: yes"
    answer = await listening.talk(head(len(whole), encoding), whole[:-4], end=True)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"body_incomplete" in answer
    answer = await listening.talk(head(None, "Transfer-Encoding: chunked", encoding), chunk(whole), end=True)
    assert answer.startswith(b"HTTP/1.1 400")
    assert await listening.stored() == 0


async def test_a_client_that_hangs_up_halfway_leaves_nothing_behind(listening: Listening) -> None:
    for _ in range(20):
        with pytest.raises(TimeoutError):
            await listening.talk(head(len(EVENTS)), EVENTS[:-1], pause=0, within=0.01)
    assert await listening.stored() == 0
    assert (await listening.api.post("/api/v1/events", content=EVENTS)).json()["stored"] == 1


async def test_a_body_that_stops_coming_is_503_and_does_not_hold_up_others(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading._next, "__defaults__", (0.3,))
    slow = [asyncio.create_task(listening.talk(head(len(EVENTS)), EVENTS[:3], within=10)) for _ in range(20)]
    assert (await listening.api.post("/api/v1/events", content=EVENTS)).json()["stored"] == 1
    for answer in await asyncio.gather(*slow):
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 1" in answer


async def test_too_large_a_body_is_413_before_it_is_sent_and_after(listening: Listening) -> None:
    announced = await listening.talk(head(100_000_000), b"x" * 1_000)
    assert announced.startswith(b"HTTP/1.1 413")
    assert (await listening.api.post("/api/v1/events", content=b" " * 40_000_000)).status_code == 413

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 1_000_000

    assert (await listening.api.post("/api/v1/events", content=endless())).status_code == 413


async def test_a_client_that_asks_before_sending_is_told_to_go_on(listening: Listening) -> None:
    answer = await listening.talk(head(len(EVENTS), "Expect: 100-continue"), EVENTS, pause=0.2)
    assert b"100 Continue" in answer
    assert b'"stored":1' in answer


async def test_ids_with_slashes_are_found(listening: Listening) -> None:
    event = {"type": "a.b", "id": "https://a//b/../c?d#e é", "session_id": "//s/%2F"}
    assert (await listening.api.post("/api/v1/events", json=[event])).json()["stored"] == 1
    found = await listening.api.get("/api/v1/events/https%3A%2F%2Fa%2F%2Fb%2F..%2Fc%3Fd%23e%20%C3%A9")
    assert found.json()["client_id"] == event["id"]
    assert (await listening.api.get("/api/v1/sessions/%2F%2Fs%2F%252F")).json()["events"] == 1


async def test_what_was_accepted_is_finished_when_the_server_stops(listening: Listening) -> None:
    log, held = listening.container.log(), asyncio.Event()
    append = log.append

    async def slowly(batches: object) -> object:
        held.set()
        await asyncio.sleep(0.3)
        return await append(batches)

    log.append = slowly
    answer = asyncio.create_task(listening.api.post("/api/v1/events", content=EVENTS))
    await held.wait()
    listening.server.stop()
    assert (await answer).json()["stored"] == 1


async def test_many_connections_at_once(listening: Listening) -> None:
    body = json.dumps([{"type": "a.b"}]).encode()
    request = head(len(body), "Connection: close") + body
    answers = await asyncio.gather(*[listening.talk(request, within=20) for _ in range(200)])
    assert all(b'"stored":1' in answer for answer in answers)
    assert await listening.stored() == 200
