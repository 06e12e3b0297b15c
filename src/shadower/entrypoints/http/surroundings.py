"""What stands around every request but ingest: its id, its log line, its measurement, and the headers of its answer."""

from time import perf_counter

import structlog
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Send

from shadower.entrypoints.http.correlation import Correlation, RequestIds
from shadower.entrypoints.http.instruments import Instruments
from shadower.entrypoints.http.security import NOT_CACHED, SECURITY_HEADERS
from shadower.entrypoints.http.short_names import with_field_names

REQUEST_ID = "shadower_request_id"
"""Key in the scope."""
UNMATCHED = "(none)"
"""The route of requests that match none: their paths are anybody's text."""

_QUIET = frozenset({"/live", "/ready", "/metrics"})
_CACHE_CONTROL = NOT_CACHED[0]

_log = structlog.stdlib.get_logger("shadower.access")


class Surroundings:
    """Hands a request to the application, and adds what every answer has."""

    def __init__(self, app: ASGIApp, ids: RequestIds, instruments: Instruments) -> None:
        self._app = app
        self._ids = ids
        self._instruments = instruments

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        began = perf_counter()
        correlation = self._ids.of(dict(scope["headers"]))
        scope["query_string"] = with_field_names(scope["query_string"])
        scope[REQUEST_ID] = correlation.request_id.decode()  # type: ignore[literal-required]
        status = 500

        async def send_more(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                message["headers"] = _completed(list(message["headers"]), correlation)
            await send(message)

        with structlog.contextvars.bound_contextvars(**correlation.context):
            try:
                await self._app(scope, receive, send_more)
            finally:
                self._told(scope, status, perf_counter() - began)

    def _told(self, scope: HTTPScope, status: int, seconds: float) -> None:
        route = scope.get("path_template") or UNMATCHED
        self._instruments.answered(scope["method"], str(route), status, seconds)
        tell = _log.debug if route in _QUIET else _log.info
        tell(
            "request",
            method=scope["method"],
            path=scope["path"],
            route=route,
            status=status,
            duration_ms=round(seconds * 1000, 3),
        )


def _completed(headers: list[tuple[bytes, bytes]], correlation: Correlation) -> list[tuple[bytes, bytes]]:
    present = {name.lower() for name, _ in headers}
    if _CACHE_CONTROL not in present:
        headers.append(NOT_CACHED)
    headers += [header for header in SECURITY_HEADERS if header[0] not in present]
    return headers + correlation.headers
