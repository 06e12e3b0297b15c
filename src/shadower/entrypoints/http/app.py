"""The application: every route, and what stands around them."""

from collections.abc import Callable
from typing import Any

from dependency_injector import providers
from litestar import Litestar, Router

from shadower.entrypoints.container import Container
from shadower.entrypoints.http.access import Gate
from shadower.entrypoints.http.correlation import RequestIds
from shadower.entrypoints.http.dependencies import dependencies
from shadower.entrypoints.http.errors import EXCEPTION_HANDLERS
from shadower.entrypoints.http.ingest import INGEST_PATHS, IngestRoute
from shadower.entrypoints.http.instruments import Instruments
from shadower.entrypoints.http.routes.events import get_events
from shadower.entrypoints.http.routes.operations import get_live
from shadower.entrypoints.http.start_up import StartUp, end_process
from shadower.entrypoints.http.surroundings import Surroundings

LARGEST_BODY = 1024 * 1024
"""Bytes, of every request but ingest."""


class Application(Litestar):
    """The framework's application, with ingest before it and the surroundings around it."""

    __slots__ = ("_ingest", "_surroundings")

    _ingest: IngestRoute
    _surroundings: Surroundings

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - any kind of ASGI message
        """Serve one request, or the life of the application."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
        elif scope["method"] == "POST" and scope["path"] in INGEST_PATHS:
            await self._ingest(scope, receive, send)
        else:
            await self._surroundings(scope, receive, send)

    def surround(self, ingest: IngestRoute, ids: RequestIds, instruments: Instruments) -> None:
        """Put ingest before the framework, and what every answer has around it."""
        self._ingest = ingest
        self._surroundings = Surroundings(super().__call__, ids, instruments)


def create_app(container: Container, on_failure: Callable[[Exception], None] = end_process) -> Litestar:
    """
    Return the application on this container, whose meter it becomes.

    Its lifespan opens and closes the container; `on_failure` is told when that turns out to be impossible later on.
    """
    instruments = Instruments()
    container.meter.override(providers.Object(instruments))
    authenticate = container.authenticate()
    start_up = StartUp(container, on_failure)
    app = Application(
        route_handlers=[Router("/api/v1", route_handlers=[get_events]), get_live],
        dependencies=dependencies(container),
        guards=[Gate(authenticate)],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=[start_up],
        logging_config=None,
        openapi_config=None,
        request_max_body_size=LARGEST_BODY,
    )
    ids = RequestIds()
    app.surround(IngestRoute(authenticate, container.ingest_events(), ids, instruments), ids, instruments)
    return app
