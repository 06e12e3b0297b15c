"""
The pages people look at. A handler names a template and what its scripts need to know; the rest is theirs.

    Litestar(route_handlers=[pages_router(), …])

A page asked for without a session leads to the sign-in, and what goes wrong is told as a page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment
from litestar import Request, Response, Router, get
from litestar.di import NamedDependency, Provide

from shadower.application.charts.overview import events_charts, health_charts, overview_charts
from shadower.application.charts.spec import Spec
from shadower.application.charts.theme import DARK, LIGHT, theme
from shadower.application.known_callers import Caller
from shadower.application.read_workspace import ReadWorkspace
from shadower.domain.errors import ShadowerError, Unauthenticated, Unavailable
from shadower.domain.keys.key import Scope
from shadower.domain.workspaces.workspace import Workspace
from shadower.entrypoints.http.access import needs
from shadower.entrypoints.http.paths import rest_of_path
from shadower.entrypoints.http.problems import headers_of, status_of
from shadower.entrypoints.http.static_files import get_static
from shadower.entrypoints.http.templating import html, page_templates

_READ = needs(Scope.READ)
_ADMIN = needs(Scope.ADMIN)
_RELOAD_SECONDS = "5"

_Request = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page has around its content: who looks at it, and whose it is."""

    templates: Environment
    caller: Caller
    workspace: Workspace

    def page(self, name: str, title: str, charts: Mapping[str, Spec] | None = None, **known: str) -> Response[bytes]:
        """Return the page of this name; its scripts find `known` and the specifications of its charts."""
        page: dict[str, Any] = {"name": name, "workspace": _told(self.workspace), "scopes": self._scopes(), **known}
        if charts is not None:
            page |= {"charts": charts, "themes": {"light": theme(LIGHT), "dark": theme(DARK)}}
        template = f"{name.replace('-', '_')}.html"
        return html(self.templates, template, page=page, title=title)

    def _scopes(self) -> list[str]:
        return [scope.value for scope in Scope if self.caller.allows(scope)]


def _told(workspace: Workspace) -> dict[str, str]:
    return {
        "slug": workspace.slug,
        "name": workspace.name,
        "time_zone": workspace.time_zone,
        "first_weekday": workspace.first_weekday.name.lower(),
    }


@get("/", opt=_READ)
async def get_overview(frame: NamedDependency[Frame]) -> Response[bytes]:
    """Key figures, charts and the newest events."""
    return frame.page("overview", "Overview", overview_charts())


@get("/events", opt=_READ)
async def get_explorer(frame: NamedDependency[Frame]) -> Response[bytes]:
    """Any events, filtered."""
    return frame.page("events", "Events", events_charts())


@get("/sessions/{session_id:path}", opt=_READ)
async def get_timeline(request: _Request, frame: NamedDependency[Frame]) -> Response[bytes]:
    """One session over time."""
    return frame.page("session", "Session", session_id=rest_of_path(request, "/sessions/"))


@get("/data-health", opt=_READ)
async def get_data_health(frame: NamedDependency[Frame]) -> Response[bytes]:
    """What came in, what was refused, and what lags."""
    return frame.page("data-health", "Data health", health_charts())


@get("/jobs", opt=_READ)
async def get_jobs_page(frame: NamedDependency[Frame]) -> Response[bytes]:
    """What waits, runs and has ended in the background, and what is done again and again."""
    return frame.page("jobs", "Jobs")


@get("/settings", opt=_READ)
async def get_settings(frame: NamedDependency[Frame]) -> Response[bytes]:
    """The workspace's settings; whoever may not change them sees them."""
    return frame.page("settings", "Settings")


@get("/keys", opt=_ADMIN)
async def get_keys_page(frame: NamedDependency[Frame]) -> Response[bytes]:
    """Make, look at and revoke API keys."""
    return frame.page("keys", "API keys")


def lead_to_sign_in(request: _Request, _error: Unauthenticated) -> Response[bytes]:
    """Ask who is there, and remember where they wanted to go."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    query = f"?{urlencode({'next': asked})}" if asked != "/" else ""
    return Response(b"", status_code=HTTPStatus.SEE_OTHER.value, headers={"location": f"/sign-in{query}"})


def tell_on_a_page(request: _Request, error: ShadowerError) -> Response[bytes]:
    """Say what is wrong in words; a page that may succeed later asks again by itself."""
    status = status_of(error)
    headers = {name.decode(): value.decode() for name, value in headers_of(error)}
    if isinstance(error, Unavailable) and request.method == "GET":
        headers["refresh"] = _RELOAD_SECONDS
    title = HTTPStatus(status).phrase
    return html(page_templates(), "problem.html", status=status, headers=headers, title=title, detail=error.message)


async def _frame(
    caller: NamedDependency[Caller],
    read_workspace: NamedDependency[ReadWorkspace],
    templates: NamedDependency[Environment],
) -> Frame:
    return Frame(templates, caller, await read_workspace(caller.workspace))


def pages_router() -> Router:
    """Return the routes of the pages that need a session, and of the files they are made of."""
    pages = Router(
        "/",
        route_handlers=[
            get_overview,
            get_explorer,
            get_timeline,
            get_data_health,
            get_jobs_page,
            get_settings,
            get_keys_page,
        ],
        dependencies={"frame": Provide(_frame), "templates": Provide(page_templates, sync_to_thread=False)},
        exception_handlers={Unauthenticated: lead_to_sign_in, ShadowerError: tell_on_a_page},
        include_in_schema=False,
    )
    return Router("/", route_handlers=[pages, get_static])
