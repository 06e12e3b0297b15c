"""
What went wrong, as RFC 9457 problem details.

The one table from error categories to HTTP statuses. The core knows no status; every error of it is mapped by its
nearest listed ancestor.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import msgspec

from shadower.domain.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    ShadowerError,
    Unauthenticated,
    Unavailable,
)
from shadower.entrypoints.reading.errors import NotAcceptable, TooLarge, UnsupportedEncoding, UnsupportedType

STATUSES: Mapping[type[ShadowerError], int] = {
    Invalid: 400,
    NotAcceptable: 406,
    TooLarge: 413,
    UnsupportedEncoding: 415,
    UnsupportedType: 415,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    RateLimited: 429,
    Unavailable: 503,
}

FRAMEWORK: Mapping[str, tuple[int, str]] = {
    "parameter_invalid": (400, "A parameter, or a field of the body, is missing or cannot be read; `errors` names it."),
    "route_not_found": (404, "There is nothing at this address."),
    "method_not_allowed": (405, "What is at this address takes other methods."),
    "internal_error": (500, "A fault of the server; its log has more, under the request id."),
}
"""Codes of what is refused before the core is asked, or goes wrong beyond it."""

PROBLEM_TYPE = "application/problem+json"
LONGEST_RETRY = 5
"""Seconds: clients in the field give up on 503 when asked to wait longer."""
ACCEPTED_ENCODINGS = b"gzip, deflate, zstd, identity"

Headers = list[tuple[bytes, bytes]]


class FieldProblem(msgspec.Struct, frozen=True):
    """What is wrong with one parameter or field."""

    field: str
    message: str
    code: str | None = None


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Problem details (RFC 9457). `code` is stable; `detail` is for people and may change."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    request_id: str | None = None
    errors: Sequence[FieldProblem] | None = None


def status_of(error: ShadowerError) -> int:
    """Return the HTTP status of an error."""
    return status_of_kind(type(error))


def status_of_kind(kind: type[ShadowerError]) -> int:
    """Return the HTTP status of errors of this class, by the nearest one the table names."""
    return next(STATUSES[each] for each in kind.__mro__ if each in STATUSES)


def problem_of(error: ShadowerError, instance: str, request_id: str | None) -> Problem:
    """Return what is told of an error of the core."""
    errors = None if error.field is None else [FieldProblem(error.field, error.message, error.code)]
    return problem(status_of(error), error.code, error.message, instance, request_id, errors)


def problem(
    status: int,
    code: str,
    detail: str,
    instance: str,
    request_id: str | None,
    errors: Sequence[FieldProblem] | None = None,
) -> Problem:
    """Return a problem of this status and code."""
    return Problem(
        type=f"/api/docs#problem-{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        instance=instance,
        request_id=request_id,
        errors=errors,
    )


def headers_of(error: ShadowerError) -> Headers:
    """Return the headers that go with the status: when to come back, how to show who one is, what can be read."""
    if isinstance(error, Unavailable):
        return [(b"retry-after", str(min(max(error.retry_after, 1), LONGEST_RETRY)).encode())]
    if isinstance(error, Unauthenticated):
        return [(b"www-authenticate", b'Bearer realm="shadower"')]
    if isinstance(error, UnsupportedEncoding):
        return [(b"accept-encoding", ACCEPTED_ENCODINGS)]
    return []
