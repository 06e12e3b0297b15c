"""Where the events of an import go: the store of the settings, or a server."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from shadower.application.ingest_events import IngestEvents
from shadower.application.ports.event_sink import EventSink, Receipt
from shadower.domain.errors import Conflict
from shadower.domain.events.event import WorkspaceId
from shadower.domain.workspaces.workspace import DEFAULT_WORKSPACE
from shadower.entrypoints.container import Container
from shadower.entrypoints.lifecycle import warn, working
from shadower.entrypoints.reading.events import read_json
from shadower.entrypoints.settings import Settings, Technology
from shadower.entrypoints.wiring.importing import Patience, PatientSink, event_json


class OtherWorkspace(Conflict):
    """The key belongs to another workspace than the one named."""

    code = "import_other_workspace"


@dataclass(frozen=True, slots=True)
class Destination:
    """An open sink, and what tells it from others."""

    sink: EventSink
    store: str
    workspace: str


class StoreSink(EventSink):
    """A workspace of an open store, by the very rules that hold for what comes over HTTP."""

    def __init__(self, ingest: IngestEvents, workspace: WorkspaceId) -> None:
        self._ingest = ingest
        self._workspace = workspace

    async def send(self, events: Sequence[Mapping[str, object]]) -> Receipt:
        body = b"[" + b",".join(map(event_json, events)) + b"]"
        return await self._ingest(self._workspace, None, read_json(body))


@asynccontextmanager
async def open_store_sink(settings: Settings, workspace: str, patience: Patience) -> AsyncIterator[Destination]:
    """A workspace of the store. Raises WorkspaceNotFound, StoreUnavailable, SchemaMismatch."""
    async with working(Container(settings=settings), warn) as container:
        if workspace == DEFAULT_WORKSPACE:
            await container.open_the_door().default_workspace()
        found = await container.list_workspaces().with_slug(workspace)
        sink = StoreSink(container.ingest_events(), found.id)
        yield Destination(PatientSink(sink, patience), _place(settings), workspace)


@asynccontextmanager
async def open_server_sink(
    url: str, key: str, workspace: str | None, at_first: Patience, patience: Patience
) -> AsyncIterator[Destination]:
    """The workspace of the key. Raises OtherWorkspace when another one is meant, and what HttpEventSink raises."""
    from shadower.entrypoints.wiring.server import server_sink  # noqa: PLC0415 - only who needs it pays for it

    async with server_sink(url, key) as sink:
        named = await at_first(sink.workspace)
        if workspace is not None and named is not None and workspace != named:
            raise OtherWorkspace(f"The key belongs to the workspace {named!r}, not to {workspace!r}.")
        # A key that may only send cannot tell its workspace; then the key stands for it.
        told = named or workspace or f"key {sha256(key.encode()).hexdigest()}"
        yield Destination(PatientSink(sink, patience), url.rstrip("/"), told)


def _place(settings: Settings) -> str:
    """Tell stores apart, whatever user and password they are opened with."""
    if settings.technology is Technology.SQLITE:
        return str(settings.sqlite_file.resolve())
    url = urlsplit(settings.database_url)
    return f"{url.hostname}:{url.port}{url.path}"
