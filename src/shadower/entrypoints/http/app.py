"""The application: every route, and what stands around them."""

from collections.abc import Callable
from typing import Any

from dependency_injector import providers
from litestar import Litestar, Router

from shadower.entrypoints.container import Container
from shadower.entrypoints.http.access import Gate
from shadower.entrypoints.http.api_docs.config import api_docs
from shadower.entrypoints.http.correlation import RequestIds
from shadower.entrypoints.http.dependencies import dependencies
from shadower.entrypoints.http.errors import EXCEPTION_HANDLERS
from shadower.entrypoints.http.ingest import INGEST_PATHS, IngestRoute
from shadower.entrypoints.http.instruments import Instruments
from shadower.entrypoints.http.known_parameters import KnownParameters
from shadower.entrypoints.http.live.asked import Asking
from shadower.entrypoints.http.live.poll import Poll
from shadower.entrypoints.http.live.socket import LiveSockets
from shadower.entrypoints.http.live.stream import STREAM_PATH, LiveStreams
from shadower.entrypoints.http.live.told import Writing
from shadower.entrypoints.http.live.topics.registry import every_topic
from shadower.entrypoints.http.pages import pages_router
from shadower.entrypoints.http.routes import (
    dead_letters,
    events,
    jobs,
    live,
    metrics,
    operations,
    quarantine,
    retention,
    sessions,
    sign_in,
    workspaces,
)
from shadower.entrypoints.http.routes.ingest import post_events
from shadower.entrypoints.http.start_up import StartUp, end_process
from shadower.entrypoints.http.surroundings import Surroundings
from shadower.entrypoints.http.templating import page_templates
from shadower.entrypoints.settings import LogLevel

LARGEST_OTHER_BODY = 1024 * 1024
"""Bytes, of every request but ingest."""

API = (
    post_events,
    events.get_events,
    events.get_statistics,
    events.get_event,
    sessions.get_sessions,
    sessions.get_session,
    metrics.get_metrics,
    metrics.get_summary,
    metrics.get_timeseries,
    metrics.get_breakdown,
    workspaces.get_workspace,
    workspaces.patch_workspace,
    workspaces.get_keys,
    workspaces.post_key,
    workspaces.delete_key,
    retention.get_retention,
    retention.get_retention_runs,
    quarantine.get_quarantine,
    quarantine.post_replay,
    quarantine.post_acknowledge,
    quarantine.delete_entry,
    jobs.get_jobs,
    jobs.get_job_kinds,
    jobs.post_job,
    jobs.get_job,
    jobs.post_job_cancel,
    jobs.post_job_retry,
    jobs.get_schedules,
    dead_letters.get_dead_letters,
    dead_letters.post_dead_letter_replay,
    dead_letters.delete_dead_letter,
    operations.get_data_health,
    live.get_live_stream,
    live.get_live_poll,
)
OPERATIONS = (operations.get_live, operations.get_ready, operations.get_health, operations.get_measurements)
SIGN_IN = (sign_in.get_sign_in, sign_in.post_sign_in, sign_in.post_sign_out)


class Application(Litestar):
    """The framework's application, with ingest and live connections beside it and the surroundings around it."""

    __slots__ = ("_ingest", "_sockets", "_streams", "_surroundings")

    _ingest: IngestRoute
    _sockets: LiveSockets
    _streams: LiveStreams
    _surroundings: Surroundings

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - any kind of ASGI message
        """Serve one request, or the life of the application."""
        if scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
        elif scope["type"] != "http":
            await super().__call__(scope, receive, send)
        elif scope["method"] == "POST" and scope["path"] in INGEST_PATHS:
            await self._ingest(scope, receive, send)
        elif scope["method"] == "GET" and scope["path"] == STREAM_PATH:
            await self._streams(scope, receive, send)
        else:
            await self._surroundings(scope, receive, send)

    def surround(
        self,
        ingest: IngestRoute,
        sockets: LiveSockets,
        streams: LiveStreams,
        ids: RequestIds,
        instruments: Instruments,
    ) -> None:
        """Put ingest and live connections beside the framework, and what every answer has around it."""
        self._ingest = ingest
        self._sockets = sockets
        self._streams = streams
        self._surroundings = Surroundings(super().__call__, ids, instruments)


def create_app(container: Container, on_failure: Callable[[Exception], None] = end_process) -> Litestar:
    """
    Return the application on this container, whose meter it becomes.

    Its lifespan opens and closes the container; `on_failure` is told when that turns out to be impossible later on.
    """
    settings = container.settings()
    instruments = Instruments()
    container.meter.override(providers.Object(instruments))
    instruments.watch(container.known_callers(), container.cache(), container.live())
    authenticate = container.authenticate()
    ids = RequestIds()
    logged = settings.log_level is LogLevel.DEBUG
    gate = Gate(authenticate)
    start_up = StartUp(container, on_failure)
    live_side, asking, writing = container.live(), Asking(every_topic(container)), Writing()
    streams = LiveStreams(gate, live_side, asking, writing, ids, instruments)
    ingest = IngestRoute(authenticate, container.ingest_events(), ids, instruments, logged=logged)
    app = Application(
        route_handlers=[Router("/api/v1", route_handlers=API), *OPERATIONS, *SIGN_IN, pages_router()],
        dependencies=dependencies(
            container,
            gate=gate,
            start_up=start_up,
            instruments=instruments,
            ingest_route=ingest,
            live_streams=streams,
            asking=asking,
            poll=Poll(live_side, writing),
        ),
        guards=[gate, KnownParameters()],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=[start_up],
        logging_config=None,
        openapi_config=api_docs(page_templates()) if settings.api_docs else None,
        request_max_body_size=LARGEST_OTHER_BODY,
    )
    sockets = LiveSockets(gate, live_side, asking, writing, ids)
    app.surround(ingest, sockets, streams, ids, instruments)
    return app
