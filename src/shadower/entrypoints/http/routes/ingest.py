"""How events come in, for the API's description and for paths that only the router understands."""

from typing import cast

from litestar import post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.types import ASGIApp

from shadower.domain.keys.key import Scope
from shadower.entrypoints.http.access import needs
from shadower.entrypoints.http.ingest import IngestRoute
from shadower.entrypoints.http.wire.receipt import ReceiptOut


@post(
    "/events",
    opt=needs(Scope.INGEST),
    status_code=200,
    summary="Send events",
    tags=["events"],
    responses={200: ResponseSpec(ReceiptOut, description="Every event is durably decided.", generate_examples=False)},
)
async def post_events(ingest_route: NamedDependency[IngestRoute]) -> ASGIApp:
    """
    Send events: `{"events": […]}`, a bare array, or NDJSON, plain or as gzip, deflate or zstd.

    At most 5,000 events and 16 MiB, decompressed. The answer comes when every event is durably decided: `stored`,
    `duplicate` (same id, same content), `conflict` (same id, other content) or `rejected`. `results` lists those that
    were not plainly stored; conflicts and rejections are in the quarantine by then. Sending the same again is safe for
    events with an id. On 503, wait as `Retry-After` says and send the same again.
    """
    return cast("ASGIApp", ingest_route)
