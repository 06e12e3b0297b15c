"""The API's description: complete, true, and self-contained."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import httpx
import jsonschema
import pytest
import pytest_asyncio
from litestar.routes import HTTPRoute

from shadower.domain.bus.dead_letter import Failure, UnhandledEvent
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.events.moments import SECOND, parse_moment
from shadower.entrypoints.http.access import scope_needed
from shadower.entrypoints.http.api_docs.complete import examples
from shadower.testing import HandClock
from tests.http.conftest import Service


@pytest.fixture
def clock() -> HandClock:
    """The moment at which the examples were told."""
    return HandClock(parse_moment("2026-01-31T09:30:05.25Z"))


@pytest_asyncio.fixture
async def description(api: httpx.AsyncClient) -> dict[str, Any]:
    told: dict[str, Any] = (await api.get("/api/docs/openapi.json")).json()
    return told


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in description["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


async def test_every_route_of_the_api_is_described_with_its_scope(
    service: Service, description: dict[str, Any]
) -> None:
    described = {(method.upper(), path): operation["x-scope"] for method, path, operation in operations(description)}
    for route in service.app.routes:
        assert isinstance(route, HTTPRoute)
        for handler in route.route_handlers:
            (method,) = handler.http_methods
            if route.path_format.startswith("/api/v1/") and method != "OPTIONS":
                assert described.pop((method, route.path_format)) == scope_needed(handler)
    assert {path for _, path in described} == {"/live", "/ready", "/health"}


async def test_every_operation_has_words_an_example_and_one_form_of_problem(description: dict[str, Any]) -> None:
    for method, path, operation in operations(description):
        assert operation["summary"], path
        assert len(operation["description"]) > 20, path
        assert operation["tags"], path
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (path, parameter["name"])
        (success,) = (told for status, told in operation["responses"].items() if status.startswith("2"))
        for content in success.get("content", {}).values():
            assert "example" in content, (method, path)
        problem = operation["responses"]["default"]["content"]["application/problem+json"]["schema"]
        assert problem == {"$ref": "#/components/schemas/Problem"}


async def test_every_example_fits_its_schema(description: dict[str, Any]) -> None:
    checked = 0
    for _, path, operation in operations(description):
        contents = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in (each for told in contents for each in told.get("content", {}).values()):
            if "example" in content:
                schema = content["schema"] | {"components": description["components"]}
                jsonschema.validate(content["example"], schema, jsonschema.Draft202012Validator)
                checked += 1
        assert operation["operationId"], path
    assert checked > 20


async def test_the_examples_are_what_a_server_answers(
    api: httpx.AsyncClient, service: Service, clock: HandClock
) -> None:
    told = examples()

    async def same(operation: str, method: str, path: str) -> Any:  # noqa: ANN401 - JSON
        example = told[operation]
        answer = await api.request(method, path, json=example.get("request"))
        assert answer.status_code < 300, answer.text
        assert json.loads(masked(answer.text)) == json.loads(masked(json.dumps(example["response"]))), operation
        return answer.json()

    await same("patch_workspace", "PATCH", "/api/v1/workspaces/current")
    await same("post_events", "POST", "/api/v1/events")
    clock.move(SECOND)
    await same("get_events", "GET", "/api/v1/events?limit=1")
    await same("get_event", "GET", "/api/v1/events/run-4711")
    await same("get_live_poll", "GET", "/api/v1/live/poll?topic=events&after=0")
    await same("get_statistics", "GET", "/api/v1/events/statistics")
    await same("get_sessions", "GET", "/api/v1/sessions")
    await same("get_session", "GET", "/api/v1/sessions/s-204")
    await same(
        "get_summary",
        "GET",
        "/api/v1/metrics/summary?metric=executions&metric=success_rate&metric=cost&timeframe=7d&compare=previous",
    )
    days = "from=2026-01-30&to=2026-02-01&interval=day"
    await same("get_timeseries", "GET", f"/api/v1/metrics/timeseries?metric=executions&{days}&group_by=status")
    await same("get_breakdown", "GET", "/api/v1/metrics/breakdown?by=agent_id&metric=executions&metric=p95")
    await same("get_workspace", "GET", "/api/v1/workspaces/current")
    await service.container.apply_retention()()
    await same("get_retention", "GET", "/api/v1/retention")
    await same("get_retention_runs", "GET", "/api/v1/retention/runs")
    key = await same("post_key", "POST", "/api/v1/keys")
    await same("get_keys", "GET", "/api/v1/keys")
    (entry,) = (await same("get_quarantine", "GET", "/api/v1/quarantine?state=open"))["items"]
    job = await same("post_job", "POST", "/api/v1/jobs")
    await same("get_jobs", "GET", "/api/v1/jobs?state=queued")
    await same("post_job_cancel", "POST", f"/api/v1/jobs/{job['id']}/cancel")
    await same("post_job_retry", "POST", f"/api/v1/jobs/{job['id']}/retry")
    await same("get_job", "GET", f"/api/v1/jobs/{job['id']}")
    await same("get_job_kinds", "GET", "/api/v1/jobs/kinds")
    await same("get_schedules", "GET", "/api/v1/schedules")
    await same("post_replay", "POST", f"/api/v1/quarantine/{entry['id']}/replay")
    await same("post_acknowledge", "POST", "/api/v1/quarantine/acknowledge")
    failure = Failure("ConnectionError", "ConnectionError in smtp.py, line 42")
    event_id = told["get_dead_letters"]["response"]["items"][0]["event_id"]
    await service.keep(
        UnhandledEvent("mail", WorkspaceId(1), Position(7), event_id, "agent.failed", failure, attempts=8)
    )
    (letter,) = (await same("get_dead_letters", "GET", "/api/v1/dead-letters?state=open"))["items"]
    await same("post_dead_letter_replay", "POST", f"/api/v1/dead-letters/{letter['id']}/replay")
    await same("delete_key", "DELETE", f"/api/v1/keys/{key['id']}")


def masked(text: str) -> str:
    """Leave out what is random, or a number of this one store."""
    text = re.sub(r"shd_[A-Za-z0-9_-]+|shd_the-first", "shd_", text)
    text = re.sub(r'"(last_used_at|prefix|correlation_id)": ?("[^"]*"|null)', r'"\1":null', text)
    return re.sub(r'"id": ?\d+', '"id":0', text)


class _Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: set[str] = set()
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"src", "href", "action"}:
                self.found.append(value or "")
            if name == "id":
                self.ids.add(value or "")
            if name == "style" or name.startswith("on") or (tag == "script" and not dict(attrs).get("src")):
                self.inline.append(f"<{tag} {name}>")


async def test_the_page_works_offline_and_under_our_policy(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/docs")
    page = _Addresses()
    page.feed(answer.text)
    assert page.inline == []
    assert all(address.startswith(("/", "#")) and not address.startswith("//") for address in page.found)
    inside = {address[1:] for address in page.found if address.startswith("#")}
    assert inside <= page.ids
    for address in {address for address in page.found if address.startswith("/static/")}:
        assert (await api.get(address)).status_code == 200, address


async def test_the_page_explains_every_problem_that_answers_link_to(api: httpx.AsyncClient) -> None:
    page = (await api.get("/api/docs")).text
    for path in ("/api/v1/events/none", "/api/v1/events?cursor=x", "/api/v1/metrics/summary?metric=x", "/nowhere"):
        link = (await api.get(path)).json()["type"]
        assert f'id="{link.partition("#")[2]}"' in page


@pytest.mark.parametrize("overrides", [{"api_docs": "off"}])
async def test_the_description_can_be_switched_off(api: httpx.AsyncClient, overrides: dict[str, str]) -> None:
    assert (await api.get("/api/docs")).status_code == 404
    assert (await api.get("/api/docs/openapi.json")).status_code == 404
    assert (await api.get("/api/v1/metrics")).status_code == 200
