"""Everything that goes wrong has one form (RFC 9457), and every error of the core has a status."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import httpx
import pytest

import shadower
from shadower.domain.errors import ShadowerError, Unavailable
from shadower.entrypoints.http.problems import headers_of, problem_of, status_of_kind
from tests.http.conftest import Service, shared


def every_error() -> Iterator[type[ShadowerError]]:
    """All subclasses in the whole package, the adapters' included."""
    for module in pkgutil.walk_packages(shadower.__path__, "shadower."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            import_module(module.name)
    found = [ShadowerError]
    for kind in found:
        found += [each for each in kind.__subclasses__() if each not in found]
    yield from found[1:]


def test_every_error_of_the_core_has_a_status_and_a_code_of_its_own() -> None:
    codes: dict[str, type[ShadowerError]] = {}
    for kind in every_error():
        assert status_of_kind(kind) in {400, 401, 403, 404, 406, 409, 413, 415, 429, 503}
        assert kind.code.replace("_", "").isalpha(), kind
        first = codes.setdefault(kind.code, kind)
        assert issubclass(kind, first), f"{kind} and {first} share a code"


def test_a_problem_says_all_there_is_to_know() -> None:
    class Odd(Unavailable):
        code = "odd_test_only"

    told = problem_of(Odd("Nobody is there.", retry_after=60), "/somewhere", "r-1")
    assert (told.status, told.code, told.detail) == (503, "odd_test_only", "Nobody is there.")
    assert (told.title, told.instance, told.request_id) == ("Service Unavailable", "/somewhere", "r-1")
    assert headers_of(Odd("Nobody is there.", retry_after=60)) == [(b"retry-after", b"5")]
    assert headers_of(Odd("Nobody is there.", retry_after=0)) == [(b"retry-after", b"1")]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "route_not_found"),
        ("GET", "/api/v1/nowhere", 404, "route_not_found"),
        ("PUT", "/api/v1/events", 405, "method_not_allowed"),
        ("GET", "/api/v1/events/none-such", 404, "event_not_found"),
        ("GET", "/api/v1/sessions/none-such", 404, "session_not_found"),
        ("DELETE", "/api/v1/keys/999", 404, "key_not_found"),
        ("DELETE", "/api/v1/keys/nine", 404, "route_not_found"),
        ("DELETE", "/api/v1/keys/" + "9" * 30, 400, "parameter_invalid"),
        ("DELETE", "/api/v1/keys/" + "9" * 5_000, 404, "route_not_found"),
        ("DELETE", "/api/v1/quarantine/999", 404, "quarantine_entry_not_found"),
        ("GET", "/api/v1/events?limit=0", 400, "parameter_invalid"),
        ("GET", "/api/v1/events?limit=1001", 400, "parameter_invalid"),
        ("GET", "/api/v1/events?limit=many", 400, "parameter_invalid"),
        ("GET", "/api/v1/events?order=sideways", 400, "parameter_invalid"),
        ("GET", "/api/v1/events?limit=1&limit=2", 400, "repeated_parameter"),
        ("GET", "/api/v1/events?agnt=x", 400, "unknown_parameter"),
        ("GET", "/api/v1/events?cursor=x", 400, "cursor_invalid"),
        ("GET", "/api/v1/events?from=yesterday", 400, "moment_invalid"),
        ("GET", "/api/v1/metrics/summary?metric=executionz", 400, "unknown_metric"),
        ("GET", "/api/v1/metrics/summary?timeframe=8d", 400, "unknown_timeframe"),
        ("GET", "/api/v1/metrics/summary?from=2026-02-01&to=2026-01-01", 400, "invalid_range"),
        ("GET", "/api/v1/metrics/timeseries?interval=year", 400, "parameter_invalid"),
        ("GET", "/api/v1/metrics/timeseries?group_by=colour", 400, "parameter_invalid"),
        ("GET", "/api/v1/metrics/breakdown", 400, "parameter_invalid"),
    ],
)
@shared
async def test_what_goes_wrong_is_told_in_one_form(
    shared_api: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await shared_api.request(method, path)
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (answer.status_code, told["status"], told["code"]) == (status, status, code), told
    assert told["instance"] == path.partition("?")[0]
    assert told["request_id"] == answer.headers["x-request-id"]
    assert len(told["detail"]) > 5


@shared
async def test_invalid_parameters_are_named_all_at_once(shared_api: httpx.AsyncClient) -> None:
    told = (await shared_api.get("/api/v1/events?limit=0&order=sideways")).json()
    assert {each["field"] for each in told["errors"]} == {"limit", "order"}
    assert "newest" in next(each["message"] for each in told["errors"] if each["field"] == "order")


@shared
async def test_a_parameter_is_called_what_callers_call_it(shared_api: httpx.AsyncClient) -> None:
    for path in ("/api/v1/quarantine", "/api/v1/jobs"):
        told = (await shared_api.get(f"{path}?state=closed")).json()
        assert told["errors"][0]["field"] == "state"
        assert told["detail"].startswith("state: ")


@shared
async def test_an_unknown_parameter_is_named_with_the_nearest_known_one(shared_api: httpx.AsyncClient) -> None:
    told = (await shared_api.get("/api/v1/events?agentid=x")).json()
    assert told["errors"][0]["field"] == "agentid"
    assert "agent_id" in told["detail"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"nme": "x"}, "parameter_invalid"),
        ({"time_zone": "Europe/Berlim"}, "unknown_time_zone"),
        ({"first_weekday": "freitag"}, "parameter_invalid"),
        ({"name": ""}, "workspace_name_invalid"),
        ({"name": 7}, "parameter_invalid"),
        ([], "parameter_invalid"),
    ],
)
@shared
async def test_bodies_are_checked_field_by_field(shared_api: httpx.AsyncClient, body: object, code: str) -> None:
    answer = await shared_api.patch("/api/v1/workspaces/current", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@shared
async def test_fields_that_are_unknown_or_missing_are_named(shared_api: httpx.AsyncClient) -> None:
    told = (await shared_api.patch("/api/v1/workspaces/current", json={"zone": "UTC"})).json()
    assert (told["errors"][0]["field"], told["detail"]) == ("zone", "zone is no field of this body")
    told = (await shared_api.post("/api/v1/keys", json={"scopes": ["read"]})).json()
    assert (told["errors"][0]["field"], told["detail"]) == ("name", "name is required")


@shared
async def test_a_body_that_is_no_json_is_malformed_and_one_too_large_is_413(shared_api: httpx.AsyncClient) -> None:
    answer = await shared_api.patch("/api/v1/workspaces/current", content=b"{")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")
    answer = await shared_api.patch("/api/v1/workspaces/current", content=b" " * 2_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_fault_of_ours_says_nothing_of_its_cause(
    service: Service, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("SELECT secret FROM elsewhere")

    monkeypatch.setattr(type(service.container.read_workspace()), "__call__", broken)
    answer = await api.get("/api/v1/workspaces/current")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    logged = capsys.readouterr()
    assert answer.headers["x-request-id"] in logged.out + logged.err
    assert "SELECT secret" in logged.out + logged.err
