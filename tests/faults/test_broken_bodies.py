"""A connection breaks in the middle of a body: nothing of it is stored, even where whole events had arrived."""

import gzip
import json
import socket
import struct
import uuid
from collections.abc import Iterator, Sequence
from random import Random

from tests.faults.reckoning import everything
from tests.faults.shadower_server import ADMIN_KEY, ShadowerServer

EVENTS = 50
ATTEMPTS = 100
"""Broken requests, in all forms and at all places."""

Connection = socket.socket


def hang_up(connection: Connection) -> None:
    connection.close()


def reset(connection: Connection) -> None:
    """Leave without a word: what was sent last may be lost, and the server is told that nobody is there."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def say_no_more(connection: Connection) -> None:
    """End the sending half in good order and wait for what the server says to it."""
    connection.shutdown(socket.SHUT_WR)
    answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    connection.close()
    assert not answer or answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 503 ")), answer


async def test_of_a_body_that_broke_off_nothing_is_stored(server: ShadowerServer, chance: Random) -> None:
    for _ in range(ATTEMPTS):
        head, body = chance.choice(FORMS)(chance)
        leave = chance.choice(WAYS_TO_LEAVE)
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(head)
            for piece in pieces(body[: chance.randrange(len(body))], chance):
                connection.sendall(piece)
            leave(connection)
    async with server.client() as api:
        answer = await api.post("/events", json=[{"type": "load.sentinel"}])
        assert answer.json()["stored"] == 1
        assert [event["type"] for event in await everything(api, "/events")] == ["load.sentinel"]
        assert await everything(api, "/quarantine") == []
    server.check_log()


def pieces(body: bytes, chance: Random) -> Iterator[bytes]:
    while body:
        size = chance.randint(1, len(body))
        yield body[:size]
        body = body[size:]


def events(chance: Random) -> Sequence[bytes]:
    return [
        json.dumps({"type": "load.broken", "id": str(uuid.UUID(int=chance.getrandbits(128), version=4))}).encode()
        for _ in range(EVENTS)
    ]


def head_of(content_type: str, *more: str) -> bytes:
    lines = (
        "POST /api/v1/events HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {ADMIN_KEY}",
        f"Content-Type: {content_type}",
        *more,
    )
    return "\r\n".join((*lines, "", "")).encode()


def an_array(chance: Random) -> tuple[bytes, bytes]:
    body = b"[" + b",".join(events(chance)) + b"]"
    return head_of("application/json", f"Content-Length: {len(body)}"), body


def lines(chance: Random) -> tuple[bytes, bytes]:
    """Each line is whole by itself: cut between two, what came looks like a shorter body."""
    body = b"\n".join(events(chance)) + b"\n"
    return head_of("application/x-ndjson", f"Content-Length: {len(body)}"), body


def packed_lines(chance: Random) -> tuple[bytes, bytes]:
    """Two gzip members: cut between them, what came looks like a shorter body."""
    body = b"".join(gzip.compress(line + b"\n") for line in events(chance))
    return head_of("application/x-ndjson", "Content-Encoding: gzip", f"Content-Length: {len(body)}"), body


def lines_in_chunks(chance: Random) -> tuple[bytes, bytes]:
    """No length announced: only the last chunk, of no bytes, tells the end."""
    chunks = [b"%x\r\n%s\n\r\n" % (len(line) + 1, line) for line in events(chance)]
    return head_of("application/x-ndjson", "Transfer-Encoding: chunked"), b"".join(chunks) + b"0\r\n\r\n"


WAYS_TO_LEAVE = (hang_up, reset, say_no_more)
FORMS = (an_array, lines, packed_lines, lines_in_chunks)
