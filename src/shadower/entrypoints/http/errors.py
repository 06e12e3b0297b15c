"""Turns what handlers raise into answers."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.types import ExceptionHandlersMap

from shadower.domain.errors import Invalid, ShadowerError
from shadower.entrypoints.http.choices import choices_of, sent_as
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
from shadower.entrypoints.http.templating import html, page_templates
from shadower.entrypoints.reading.errors import MalformedJson

_Request = Request[Any, Any, Any]

_CODES: Mapping[int, str] = {
    404: "route_not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_type",
}
"""Of what the framework itself refuses."""

_MISSING = re.compile(r"Missing required query parameter '([^']+)'")
_UNFIT = re.compile(r"Object (contains unknown|missing required) field `([^`]{1,64})")

_log = structlog.stdlib.get_logger("shadower.server")


def tell_error(request: _Request, error: ShadowerError) -> Response[bytes]:
    """Answer an error of the core."""
    return _tell(request, problem_of(error, *_where(request)), headers_of(error))


def tell_refusal(request: _Request, error: HTTPException) -> Response[bytes]:
    """Answer what the framework refuses: no such route, no such method, parameters that cannot be read."""
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return tell_surprise(request, error)
    headers = [(name.lower().encode(), value.encode()) for name, value in (error.headers or {}).items()]
    if isinstance(error.__cause__, SerializationException):
        told = problem(400, MalformedJson.code, f"The body is not JSON: {error.detail}.", *_where(request))
    elif errors := _fields(request, error):
        told = problem(400, "parameter_invalid", "; ".join(each.message for each in errors), *_where(request), errors)
    else:
        code = _CODES.get(error.status_code, Invalid.code)
        told = problem(error.status_code, code, _sentence(error), *_where(request))
    return _tell(request, told, headers)


def tell_surprise(request: _Request, error: Exception) -> Response[bytes]:
    """Answer what nobody thought of, and log it in full."""
    _log.error("request failed", path=request.scope["path"], exc_info=error)
    detail = "Something went wrong here. The log has more, under the request id."
    return _tell(request, problem(500, "internal_error", detail, *_where(request)), [])


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    ShadowerError: tell_error,
    HTTPException: tell_refusal,
    Exception: tell_surprise,
}


def _reads_pages(request: _Request) -> bool:
    """Whether somebody followed a link or sent a form, rather than a program calling the API."""
    return not request.scope["path"].startswith("/api/") and "text/html" in request.headers.get("accept", "")


def _where(request: _Request) -> tuple[str, str | None]:
    return request.scope["path"], request.scope.get(REQUEST_ID)  # type: ignore[return-value]


def _fields(request: _Request, error: HTTPException) -> list[FieldProblem]:
    """Name the parameters: the framework tells the invalid ones as dictionaries, and a missing one in words."""
    if missing := _MISSING.match(error.detail):
        return [FieldProblem(missing[1], f"{missing[1]} is required")]
    told = error.extra if isinstance(error, ValidationException) and isinstance(error.extra, list) else []
    return [_field(request, each) for each in told if isinstance(each, dict)]


def _field(request: _Request, told: dict[str, Any]) -> FieldProblem:
    name, message = sent_as(request.route_handler, str(told.get("key", "body"))), str(told.get("message", ""))
    if unfit := _UNFIT.match(message):
        does = "is no field of this body" if unfit[1] == "contains unknown" else "is required"
        return FieldProblem(unfit[2], f"{unfit[2]} {does}")
    if message.startswith("Invalid enum value") and (choices := choices_of(request.route_handler, name)):
        message += f"; take {', '.join(choices)}"
    return FieldProblem(name, f"{name}: {message}")


def _sentence(error: HTTPException) -> str:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return "There is nothing at this address; /api/docs lists what there is."
    return f"{error.detail}."


def _tell(request: _Request, told: Problem, headers: Headers) -> Response[bytes]:
    """Answer as a page to people, as problem details to programs."""
    fields = {name.decode(): value.decode() for name, value in headers}
    if _reads_pages(request):
        templates = page_templates()
        return html(templates, "problem.html", status=told.status, headers=fields, title=told.title, detail=told.detail)
    return Response(msgspec.json.encode(told), status_code=told.status, media_type=PROBLEM_TYPE, headers=fields)
