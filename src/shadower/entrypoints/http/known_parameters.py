"""Parameters nobody knows are an error: a filter that is misspelt must not look like one that matches everything."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.routes import HTTPRoute

from shadower.domain.errors import Invalid

_LONGEST_SHOWN = 64
API = "/api/v1"

OWN_PARAMETERS: Mapping[str, Any] = {"parameters": "own"}
"""Option of a route that reads its query string itself, and checks it."""


class UnknownParameter(Invalid):
    """The route takes no such query parameter."""

    code = "unknown_parameter"


class RepeatedParameter(Invalid):
    """The parameter takes one value."""

    code = "repeated_parameter"


@dataclass(frozen=True, slots=True)
class Known:
    """The query parameters of one route."""

    names: frozenset[str]
    many: frozenset[str]
    """Those that may come several times."""

    def check(self, given: Mapping[str, int]) -> None:
        """Raise UnknownParameter, RepeatedParameter. `given`: name and how often it came."""
        for name, times in given.items():
            if name not in self.names:
                told = f"There is no parameter {name[:_LONGEST_SHOWN]!r}. {self._advice(name)}"
                raise UnknownParameter(told, field=name[:_LONGEST_SHOWN])
            if times > 1 and name not in self.many:
                raise RepeatedParameter(f"The parameter {name} takes one value.", field=name)

    def _advice(self, name: str) -> str:
        near = get_close_matches(name[:_LONGEST_SHOWN], self.names, n=1)
        if near:
            return f"Did you mean {near[0]}?"
        return f"There are {', '.join(sorted(self.names))}." if self.names else "This route takes none."


class KnownParameters:
    """The guard that checks the names of query parameters on every route of the API."""

    def __init__(self) -> None:
        self._of = cache(_known)

    def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Let the request pass, or raise UnknownParameter or RepeatedParameter."""
        template, method = connection.scope["path_template"], connection.scope.get("method")
        reads = not OWN_PARAMETERS.items() <= handler.opt.items()
        if reads and template.startswith(API) and isinstance(handler, HTTPRouteHandler):
            self._of(connection.app, template, str(method)).check(Counter(name for name, _ in _pairs(connection)))


def _pairs(connection: ASGIConnection[Any, Any, Any, Any]) -> list[tuple[str, str]]:
    return parse_qsl(connection.scope["query_string"].decode("latin-1"), keep_blank_values=True)


def _known(app: Litestar, template: str, method: str) -> Known:
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path_format == template:
            for each in (handler for handler in route.route_handlers if method in handler.http_methods):
                _, model = route.route_handler_map[next(iter(each.http_methods))]
                names = frozenset(parameter.field_alias for parameter in model.expected_query_params)
                return Known(names, frozenset(model.sequence_query_parameter_names))
    raise LookupError(f"No route {method} {template}")
