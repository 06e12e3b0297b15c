"""
`POST /api/v1/events`, as lean as a request can be.

This is plain ASGI in front of the framework: whoever sends an event per request pays for nothing but reading it,
recording it and answering. What it says is in the API's description through `routes/ingest.py`.
"""

import asyncio
from collections.abc import Callable, Mapping
from time import perf_counter

import msgspec
import structlog
from litestar.types import HTTPScope, Receive, Send

from shadower.application.authenticate import Authenticate
from shadower.application.ingest_events import IngestEvents, Receipt, Submission
from shadower.domain.errors import Invalid, Overloaded, ShadowerError
from shadower.domain.keys.key import Scope
from shadower.entrypoints.http.correlation import Correlation, RequestIds
from shadower.entrypoints.http.credentials import key_in
from shadower.entrypoints.http.instruments import Instruments
from shadower.entrypoints.http.problems import PROBLEM_TYPE, Headers, headers_of, problem_of, status_of
from shadower.entrypoints.http.security import NOT_CACHED, SECURITY_HEADERS
from shadower.entrypoints.http.wire.body import read_body
from shadower.entrypoints.http.wire.content import decompressor, is_lines
from shadower.entrypoints.http.wire.receipt import receipt_json
from shadower.entrypoints.reading.events import read_json, read_lines

INGEST_PATH = "/api/v1/events"
INGEST_PATHS = frozenset({INGEST_PATH, INGEST_PATH + "/"})

LONG = 64 * 1024
"""Bytes; longer bodies are decompressed and read on another thread, so that short requests need not wait for them."""

_STORED: Headers = [(b"content-type", b"application/json"), NOT_CACHED, *SECURITY_HEADERS]
_REFUSED: Headers = [(b"content-type", PROBLEM_TYPE.encode()), NOT_CACHED, *SECURITY_HEADERS]

_log = structlog.stdlib.get_logger("shadower.ingest")


class IngestRoute:
    """
    Answers 200 when every event is durably decided, and a problem otherwise.

    Whatever a client could overcome by sending again is 503 with Retry-After, an error nobody thought of included:
    clients in the field lose events over 500, 202, 429 and redirects.
    """

    def __init__(
        self,
        authenticate: Authenticate,
        ingest: IngestEvents,
        ids: RequestIds,
        instruments: Instruments,
        *,
        logged: bool = False,
    ) -> None:
        """`logged`: whether each request gets a line in the log, which costs more than reading its event."""
        self._authenticate = authenticate
        self._ingest = ingest
        self._ids = ids
        self._instruments = instruments
        self._logged = logged

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        began = perf_counter()
        headers = dict(scope["headers"])
        correlation = self._ids.of(headers)
        try:
            status, usual, body = 200, _STORED, receipt_json(await self._receipt(headers, receive))
        except ShadowerError as error:
            status, usual, body = _refusal(error, correlation)
        except Exception:  # noqa: BLE001 - logged, and told as something to send again
            _log.exception("ingest failed", **correlation.context)
            status, usual, body = _refusal(_surprise(), correlation)
        own = [(b"content-length", b"%d" % len(body)), *correlation.headers]
        await send({"type": "http.response.start", "status": status, "headers": usual + own})
        await send({"type": "http.response.body", "body": body, "more_body": False})
        seconds = perf_counter() - began
        self._instruments.answered("POST", INGEST_PATH, status, seconds)
        if self._logged:
            _log.debug("request", status=status, duration_ms=round(seconds * 1000, 3), **correlation.context)

    async def _receipt(self, headers: Mapping[bytes, bytes], receive: Receive) -> Receipt:
        caller = await self._authenticate(key_in(headers))
        caller.require(Scope.INGEST)
        undo = decompressor(headers.get(b"content-encoding", b"").decode("latin-1"))
        read = read_lines if is_lines(headers.get(b"content-type", b"").decode("latin-1")) else read_json
        body = await read_body(receive, _announced(headers))
        if undo is None and len(body) < LONG:
            submission = read(body)
        else:
            submission = await asyncio.to_thread(_undo_and_read, undo, read, body)
        return await self._ingest(caller.workspace, caller.key, submission)


def _undo_and_read(
    undo: Callable[[bytes], bytes] | None, read: Callable[[bytes], Submission], body: bytes
) -> Submission:
    return read(body if undo is None else undo(body))


def _announced(headers: Mapping[bytes, bytes]) -> int | None:
    length = headers.get(b"content-length")
    if length is None:
        return None
    if not length.isdigit():
        raise Invalid("The Content-Length is not a number.", field="Content-Length")
    return int(length)


def _surprise() -> Overloaded:
    return Overloaded("Something went wrong here; send the same again shortly.", retry_after=2)


def _refusal(error: ShadowerError, correlation: Correlation) -> tuple[int, Headers, bytes]:
    told = problem_of(error, INGEST_PATH, correlation.request_id.decode())
    return status_of(error), _REFUSED + headers_of(error), msgspec.json.encode(told)
