"""Sending to a server that is real, slow, away, or no Shadower at all."""

import gzip
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest

from shadower.adapters.remote.errors import (
    AddressInvalid,
    KeyInsufficient,
    KeyUnknown,
    NoShadowerThere,
    RequestRefused,
    ServerUnavailable,
)
from shadower.adapters.remote.http_sink import HttpEventSink
from shadower.adapters.remote.patience import Patience, PatientSink
from shadower.domain.errors import Unavailable
from shadower.domain.events.event import Outcome
from shadower.entrypoints.wiring.server import server_sink

Answer = tuple[int, dict[str, str], object]
KEY = "shd_key"


class Script:
    """A server that answers as a test wants and remembers what it was sent."""

    def __init__(self) -> None:
        self.answer: Callable[[list[Any]], Answer] = lambda events: (200, {}, stored(len(events)))
        self.bodies: list[list[Any]] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""


class Handler(BaseHTTPRequestHandler):
    script: ClassVar[Script]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        events = json.loads(body, parse_float=Decimal)
        self.script.bodies.append(events)
        self.script.headers.append({name.lower(): value for name, value in self.headers.items()})
        self.reply(*self.script.answer(events))

    def do_GET(self) -> None:
        self.reply(*self.script.answer([]))

    def reply(self, status: int, headers: dict[str, str], content: object) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def script() -> Iterator[Script]:
    script = Script()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Scripted", (Handler,), {"script": script}))
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield script
    server.shutdown()
    thread.join()
    server.server_close()


@asynccontextmanager
async def sending_to(script: Script) -> AsyncIterator[HttpEventSink]:
    async with server_sink(f"{script.url}/api/v1/events/", KEY) as sink:
        yield sink


def stored(count: int) -> dict[str, object]:
    return {"stored": count, "duplicates": 0, "conflicts": 0, "rejected": 0, "results": []}


def some(count: int) -> list[dict[str, object]]:
    return [{"id": f"row-{number}", "type": "agent.executed"} for number in range(count)]


async def test_events_are_sent_with_the_key_compressed_and_digit_by_digit(script: Script) -> None:
    async with sending_to(script) as sink:
        receipt = await sink.send([*some(50), {"id": "x", "cost": Decimal("0.10000000000000000001"), "user_id": "Ä"}])

    assert (receipt.stored, len(script.bodies[0])) == (51, 51)
    assert script.headers[0]["authorization"] == f"Bearer {KEY}"
    assert script.headers[0]["content-encoding"] == "gzip"
    assert script.bodies[0][50] == {"id": "x", "cost": Decimal("0.10000000000000000001"), "user_id": "Ä"}


async def test_what_became_of_each_event_is_told(script: Script) -> None:
    told = {"index": 1, "id": "row-1", "outcome": "rejected", "code": "type_invalid", "field": "type", "message": "no"}
    script.answer = lambda _: (200, {}, {**stored(1), "rejected": 1, "results": [told], "new": "field"})

    async with sending_to(script) as sink:
        receipt = await sink.send(some(2))

    (result,) = receipt.results
    assert (result.index, result.outcome, result.code, result.field) == (1, Outcome.REJECTED, "type_invalid", "type")


async def test_more_than_a_request_may_hold_goes_in_several(script: Script) -> None:
    def answer(events: list[Any]) -> Answer:
        told = [{"index": len(events) - 1, "outcome": "duplicate"}]
        return 200, {}, {**stored(len(events) - 1), "duplicates": 1, "results": told}

    script.answer = answer
    large: list[dict[str, object]] = [{"id": str(number), "data": {"text": "x" * 3_000_000}} for number in range(5)]

    async with sending_to(script) as sink:
        receipt = await sink.send(large)

    assert [len(body) for body in script.bodies] == [2, 2, 1]
    assert (receipt.stored, receipt.duplicates, [result.index for result in receipt.results]) == (2, 3, [1, 3, 4])


@pytest.mark.parametrize("status", [400, 413])
async def test_an_event_that_spoils_a_request_is_found_and_rejected_alone(script: Script, status: int) -> None:
    def answer(events: list[Any]) -> Answer:
        if any(event["id"] == "row-5" for event in events):
            return status, {}, {"title": "Bad", "detail": "too odd", "code": "odd"}
        return 200, {}, stored(len(events))

    script.answer = answer
    async with sending_to(script) as sink:
        receipt = await sink.send(some(9))

    (result,) = receipt.results
    assert (receipt.stored, receipt.rejected, result.index, result.code, result.message) == (8, 1, 5, "odd", "too odd")


async def test_a_server_that_refuses_everything_is_an_error_and_no_rejection(script: Script) -> None:
    script.answer = lambda _: (400, {}, {"detail": "not like this"})

    async with sending_to(script) as sink:
        with pytest.raises(RequestRefused, match="not like this"):
            await sink.send(some(3))


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (401, {}, KeyUnknown),
        (403, {}, KeyInsufficient),
        (404, {}, NoShadowerThere),
        (301, {"Location": "https://elsewhere"}, NoShadowerThere),
        (415, {}, RequestRefused),
        (503, {}, ServerUnavailable),
        (502, {}, ServerUnavailable),
        (500, {}, ServerUnavailable),
    ],
)
async def test_other_answers_are_errors_by_what_can_be_done(
    script: Script, status: int, headers: dict[str, str], error: type[Exception]
) -> None:
    script.answer = lambda _: (status, headers, b"<html>")

    async with sending_to(script) as sink:
        with pytest.raises(error):
            await sink.send(some(1))


@pytest.mark.parametrize("content", [b"<html>hello</html>", b"{}", b"\xff\xfe"])
async def test_a_page_that_is_no_receipt_never_counts_as_stored(script: Script, content: bytes) -> None:
    script.answer = lambda _: (200, {}, content)

    async with sending_to(script) as sink:
        with pytest.raises(NoShadowerThere):
            await sink.send(some(1))
        with pytest.raises(NoShadowerThere):
            await sink.workspace()


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("3", 3),
        ("9999999999999", 60),
        ("soon", 1),
        ("", 1),
        (format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True), 0),
        (format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True), 60),
    ],
    # Named, because workers that collect a second apart would not agree on the tests there are.
    ids=["seconds", "ages", "no number", "nothing", "a moment past", "a moment to come"],
)
async def test_how_long_to_wait_is_what_the_server_says(script: Script, told: str, seconds: int) -> None:
    script.answer = lambda _: (503, {"Retry-After": told}, {})

    async with sending_to(script) as sink:
        with pytest.raises(Unavailable) as caught:
            await sink.send(some(1))
    assert caught.value.retry_after == seconds


async def test_a_server_that_comes_back_gets_the_same_events_again(script: Script) -> None:
    waits: list[float] = []
    answers: Iterator[Answer] = iter(
        [(503, {"Retry-After": "0"}, {}), (502, {"Retry-After": "1"}, {}), (200, {}, stored(2))]
    )
    script.answer = lambda _: next(answers)

    async with sending_to(script) as sink:
        patience = Patience(30, lambda _, seconds: waits.append(seconds))
        receipt = await PatientSink(sink, patience).send(some(2))

    assert receipt.stored == 2
    assert script.bodies == [some(2)] * 3
    assert waits[1] >= 1


async def test_patience_ends(script: Script) -> None:
    script.answer = lambda _: (503, {"Retry-After": "2"}, {"detail": "overloaded"})

    async with sending_to(script) as sink:
        with pytest.raises(ServerUnavailable, match="overloaded"):
            await PatientSink(sink, Patience(1, lambda *_: None)).send(some(1))
    assert len(script.bodies) == 1


@pytest.mark.parametrize(
    ("answer", "slug"), [((200, {}, {"slug": "prod", "name": "Production"}), "prod"), ((403, {}, {}), None)]
)
async def test_the_workspace_is_known_if_the_key_may_tell(script: Script, answer: Answer, slug: str | None) -> None:
    script.answer = lambda _: answer

    async with sending_to(script) as sink:
        assert await sink.workspace() == slug


async def test_nobody_at_the_address_is_an_absence() -> None:
    async with server_sink("http://127.0.0.1:9", KEY) as sink:
        with pytest.raises(ServerUnavailable, match=r"127\.0\.0\.1:9"):
            await sink.send(some(1))


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://host", "http://", "http://[::1"])
async def test_what_is_no_address_is_told_at_once(url: str) -> None:
    with pytest.raises(AddressInvalid):
        async with server_sink(url, KEY):
            pass


async def test_half_a_surrogate_pair_is_left_to_the_rules_of_admission(script: Script) -> None:
    events: Sequence[dict[str, object]] = [{"id": "row-1", "user_id": "\ud83d", "cost": Decimal("0.5")}]

    async with sending_to(script) as sink:
        await sink.send(events)

    assert script.bodies[0][0]["user_id"] == "\ud83d"
