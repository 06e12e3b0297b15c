"""The answer to a request for a connection that is not taken: a problem, as everywhere."""

import msgspec
import structlog

from shadower.domain.errors import ShadowerError
from shadower.entrypoints.http.correlation import Correlation
from shadower.entrypoints.http.problems import PROBLEM_TYPE, Headers, headers_of, problem, problem_of
from shadower.entrypoints.http.security import NOT_CACHED, SECURITY_HEADERS

_log = structlog.stdlib.get_logger("shadower.live")


def refusal(error: Exception, path: str, correlation: Correlation) -> tuple[int, Headers, bytes]:
    """Return status, headers and body; an error nobody thought of is logged in full."""
    own, request_id = correlation.headers, correlation.request_id.decode()
    if isinstance(error, ShadowerError):
        told = problem_of(error, path, request_id)
        own += headers_of(error)
    else:
        _log.error("request failed", path=path, exc_info=error, **correlation.context)
        detail = "Something went wrong here. The log has more, under the request id."
        told = problem(500, "internal_error", detail, path, request_id)
    body = msgspec.json.encode(told)
    usual = [(b"content-type", PROBLEM_TYPE.encode()), (b"content-length", b"%d" % len(body)), NOT_CACHED]
    return told.status, [*usual, *SECURITY_HEADERS, *own], body
