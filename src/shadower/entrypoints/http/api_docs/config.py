"""Where the API's description is served: as JSON at /api/docs/openapi.json, for people at /api/docs."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec
from jinja2 import Environment
from litestar import Request, Response, Router
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.types import Method

from shadower.domain.errors import Unauthenticated
from shadower.entrypoints.http.access import ANY_KEY, scope_needed
from shadower.entrypoints.http.api_docs.complete import Schema, completed
from shadower.entrypoints.http.api_docs.page import page_of
from shadower.entrypoints.http.errors import tell_error
from shadower.entrypoints.http.pages import lead_to_sign_in

PATH = "/api/docs"
_ABOUT = """\
Send events, ask about them. A key names the workspace; nothing in a request does. Decimals are texts, times are RFC
3339, lists are paged by cursor, and every problem has the same form.
"""


class _Description(OpenAPIRenderPlugin):
    """What both forms have in common: the whole description, put together once."""

    _whole: Schema | None = None

    def whole(self, request: Request[Any, Any, Any], made: Schema) -> Schema:
        if self._whole is None:
            handlers = (handler for route in request.app.routes for handler in getattr(route, "route_handlers", ()))
            scopes = {handler.handler_name.rpartition(".")[2]: scope_needed(handler) for handler in handlers}
            self._whole = completed(made, scopes)
        return self._whole


class JsonDescription(_Description):
    """For machines."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type="application/json")  # type: ignore[arg-type]

    def render(self, request: Request[Any, Any, Any], openapi_schema: Schema) -> bytes:
        """Return the description as JSON."""
        return msgspec.json.encode(self.whole(request, openapi_schema))


class PageDescription(_Description):
    """For people: a page without scripts, and with nothing from elsewhere."""

    def __init__(self, templates: Environment) -> None:
        super().__init__(path="/")
        self._templates = templates

    def render(self, request: Request[Any, Any, Any], openapi_schema: Schema) -> bytes:
        """Return the description as a page."""
        page = page_of(self.whole(request, openapi_schema))
        return self._templates.get_template("api_docs.html").render(title="API", page=page).encode()


def api_docs(templates: Environment) -> OpenAPIConfig:
    """Return the configuration that serves the description to whoever has a key."""
    return OpenAPIConfig(
        title="Shadower",
        version=_version(),
        description=_ABOUT.replace("\n", " ").strip(),
        use_handler_docstrings=True,
        operation_id_creator=_operation_id,
        render_plugins=[PageDescription(templates), JsonDescription()],
        openapi_router=Router(
            PATH,
            route_handlers=[],
            opt=dict(ANY_KEY),
            include_in_schema=False,
            exception_handlers={Unauthenticated: _who_is_there},
        ),
    )


def _version() -> str:
    try:
        return version("shadower")
    except PackageNotFoundError:  # run from its sources, without being installed
        return "0"


def _operation_id(handler: HTTPRouteHandler, _method: Method, _path: object) -> str:
    return handler.handler_name.rpartition(".")[2]


def _who_is_there(request: Request[Any, Any, Any], error: Unauthenticated) -> Response[bytes]:
    """Lead people to the sign-in, and tell programs."""
    if "text/html" in request.headers.get("accept", ""):
        return lead_to_sign_in(request, error)
    return tell_error(request, error)
