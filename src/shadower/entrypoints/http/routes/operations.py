"""What operators, and the machines that watch for them, look at."""

from hmac import compare_digest
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from msgspec import Struct

from shadower.application.known_callers import Caller
from shadower.application.report_data_health import ReportDataHealth
from shadower.application.report_health import Condition, ReportHealth
from shadower.domain.errors import Forbidden, ShadowerError
from shadower.domain.keys.key import Scope
from shadower.entrypoints.http.access import PUBLIC, Gate, needs
from shadower.entrypoints.http.credentials import key_in
from shadower.entrypoints.http.instruments import EXPOSITION_TYPE, Instruments
from shadower.entrypoints.http.start_up import Phase, StartUp
from shadower.entrypoints.http.wire.health_out import DataHealthOut, HealthOut, data_health_out, health_out
from shadower.entrypoints.settings import Settings

_HERE = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip")

_Request = Request[Any, Any, Any]


class Liveness(Struct, frozen=True):
    """The process answers."""

    status: str = "ok"


class Readiness(Struct, frozen=True):
    """How far the server is: `starting`, `ready` or `stopping`."""

    status: str
    waiting_for: str | None


class MetricsForbidden(Forbidden):
    """Measurements are for this machine, and for whoever has the token."""

    code = "metrics_forbidden"


@get("/live", opt=PUBLIC, summary="Is the process alive?", tags=["operations"])
async def get_live() -> Liveness:
    """Answer as long as the process can."""
    return Liveness()


@get("/ready", opt=PUBLIC, summary="Can requests be served?", tags=["operations"])
async def get_ready(start_up: NamedDependency[StartUp]) -> Response[Readiness]:
    """Answer 200 once start-up is done and until shutdown begins, 503 otherwise."""
    ready = start_up.phase is Phase.READY
    return Response(Readiness(start_up.phase, start_up.waiting_for), status_code=200 if ready else 503)


@get("/health", opt=PUBLIC, summary="How is the service?", tags=["operations"])
async def get_health(
    request: _Request, report_health: NamedDependency[ReportHealth], gate: NamedDependency[Gate]
) -> Response[HealthOut]:
    """Say `ok`, `degraded` or `down` (503); and why, to a key with the scope read."""
    details = await _may_read(request, gate)
    health = await report_health()
    status = 503 if health.condition is Condition.DOWN else 200
    return Response(health_out(health, details=details), status_code=status)


@get("/metrics", opt=PUBLIC, summary="Measurements for Prometheus", tags=["operations"], include_in_schema=False)
async def get_measurements(
    request: _Request,
    settings: NamedDependency[Settings],
    instruments: NamedDependency[Instruments],
    report_health: NamedDependency[ReportHealth],
) -> Response[bytes]:
    """Answer this machine, and whoever sends `Authorization: Bearer` with SHADOWER_METRICS_TOKEN."""
    _check_may_measure(request, settings.metrics_token)
    instruments.see(await report_health())
    return Response(instruments.exposition(), media_type=EXPOSITION_TYPE)


@get("/health/data", opt=needs(Scope.READ), summary="How is the data?", tags=["operations"])
async def get_data_health(
    caller: NamedDependency[Caller],
    report_data_health: NamedDependency[ReportDataHealth],
    settings: NamedDependency[Settings],
) -> DataHealthOut:
    """
    Say what comes in, what is refused and why, and how far each projection follows the log.

    What was sent and refused may hold secrets: only keys with the scope admin see it, here as in the quarantine.
    """
    report = await report_data_health(caller.workspace)
    return data_health_out(report, settings.quarantine_limit_bytes, bytes_too=caller.allows(Scope.ADMIN))


async def _may_read(request: _Request, gate: Gate) -> bool:
    """Whoever shows nothing, or nothing good, is told what everybody is told."""
    try:
        return (await gate.recognise(request)).allows(Scope.READ)
    except ShadowerError:
        return False


def _check_may_measure(request: _Request, token: str | None) -> None:
    headers = dict(request.scope["headers"])
    shown = key_in(headers)
    if token is not None and shown is not None and compare_digest(shown.encode(), token.encode()):
        return
    peer = request.scope.get("client")
    # Behind a proxy on this machine everybody seems to come from here; proxies say whom they speak for.
    if peer is not None and peer[0] in _HERE and not any(name in headers for name in _FORWARDED):
        return
    raise MetricsForbidden("Measurements are for this machine; elsewhere, send SHADOWER_METRICS_TOKEN as Bearer.")
