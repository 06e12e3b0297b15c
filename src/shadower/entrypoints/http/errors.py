"""Turns what handlers raise into answers."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from shadower.domain.errors import ShadowerError
from shadower.entrypoints.http.problems import (
    PROBLEM_TYPE,
    FieldProblem,
    Headers,
    Problem,
    headers_of,
    problem,
    problem_of,
)
from shadower.entrypoints.http.surroundings import REQUEST_ID

_Request = Request[Any, Any, Any]

_CODES: Mapping[int, str] = {
    400: "invalid",
    404: "route_not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_type",
}
"""Of what the framework itself refuses."""

_log = structlog.stdlib.get_logger("shadower.server")


def tell_error(request: _Request, error: ShadowerError) -> Response[bytes]:
    """Answer an error of the core."""
    return _answer(problem_of(error, *_where(request)), headers_of(error))


def tell_refusal(request: _Request, error: HTTPException) -> Response[bytes]:
    """Answer what the framework refuses: no such route, no such method, parameters that cannot be read."""
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return tell_surprise(request, error)
    errors = _fields(error) if isinstance(error, ValidationException) else None
    detail = "; ".join(each.message for each in errors) if errors else str(error.detail)
    code = "parameter_invalid" if errors else _CODES.get(error.status_code, "invalid")
    headers = [(name.lower().encode(), value.encode()) for name, value in (error.headers or {}).items()]
    return _answer(problem(error.status_code, code, detail, *_where(request), errors), headers)


def tell_surprise(request: _Request, error: Exception) -> Response[bytes]:
    """Answer what nobody thought of, and log it in full."""
    _log.error("request failed", path=request.scope["path"], exc_info=error)
    detail = "Something went wrong here. The log has more, under the request id."
    return _answer(problem(500, "internal_error", detail, *_where(request)), [])


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    ShadowerError: tell_error,
    HTTPException: tell_refusal,
    Exception: tell_surprise,
}


def _where(request: _Request) -> tuple[str, str | None]:
    return request.scope["path"], request.scope.get(REQUEST_ID)  # type: ignore[return-value]


def _fields(error: ValidationException) -> list[FieldProblem]:
    """Name the parameters; the framework tells them as a list of dictionaries."""
    told = error.extra if isinstance(error.extra, list) else []
    return [
        FieldProblem(str(each.get("key", "")), f"{each.get('key', 'body')}: {each.get('message', '')}")
        for each in told
        if isinstance(each, dict)
    ]


def _answer(told: Problem, headers: Headers) -> Response[bytes]:
    return Response(
        msgspec.json.encode(told),
        status_code=told.status,
        media_type=PROBLEM_TYPE,
        headers={name.decode(): value.decode() for name, value in headers},
    )
