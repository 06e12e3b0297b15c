"""Who may: every route of the application is walked, with no key, with the wrong one, and with another workspace's."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from litestar import Litestar, get
from litestar.routes import HTTPRoute

from shadower.domain.keys.key import Scope
from shadower.entrypoints.http.access import scope_needed
from shadower.entrypoints.http.live.socket import SOCKET_PATH
from shadower.testing import an_unhandled_event
from tests.http.conftest import ADMIN_KEY, Service, shared

OPEN = {
    "/live",
    "/ready",
    "/health",
    "/sign-in",
    "/sign-out",
    "/static/{version}/{name}",
}
"""Answer without a key; `/health` tells nothing then but one word."""
LOOPBACK_OR_TOKEN = "/metrics"
LEAK = "of-another-workspace"


@dataclass(frozen=True)
class Way:
    """One method of one route."""

    method: str
    template: str

    @property
    def path(self) -> str:
        """A path of this route, about something that is there in another workspace."""
        numbers = ("{key_id}", "{entry_id}", "{job_id}", "{letter_id}")
        names = {"{event_id}": LEAK, "{session_id}": LEAK} | dict.fromkeys(numbers, "1")
        path = self.template
        for name, value in names.items():
            path = path.replace(name, value)
        return path.replace("{version}/{name}", "0/css/base.css").replace("{path}", "other")


def ways(service: Service) -> Iterator[Way]:
    """Every method of every route the framework knows; ingest before it is one of them."""
    for route in service.app.routes:
        assert isinstance(route, HTTPRoute), f"{route} is of a kind this test does not know"
        for method in sorted(route.methods):
            yield Way(method, route.path_format or "/")


@shared
async def test_no_route_answers_without_a_key(shared_service: Service) -> None:
    nobody = await shared_service.caller(None)
    walked = 0
    for way in ways(shared_service):
        if way.template in OPEN:
            continue
        answer = await nobody.request(way.method, way.path, json={} if way.method in {"POST", "PATCH"} else None)
        walked += 1
        if answer.status_code == 303:  # a page: it leads to the sign-in
            assert answer.headers["location"].startswith("/sign-in"), way
            assert not answer.content
        elif way.template == LOOPBACK_OR_TOKEN:
            assert answer.status_code == (401 if way.method == "OPTIONS" else 403), way
        else:
            assert answer.status_code == 401, (way, answer.text)
            assert answer.json()["code"] == "key_unknown"
    assert walked > 40


@pytest.mark.parametrize("key", ["shd_wrong", "", ADMIN_KEY[:-1], ADMIN_KEY + "x"])
@shared
async def test_no_route_answers_to_a_wrong_key_or_cookie(shared_service: Service, key: str) -> None:
    for headers in ({"x-api-key": key}, {"cookie": f"shadower_session={key}"}):
        stranger = await shared_service.caller(None, headers=headers)
        for way in ways(shared_service):
            if way.template not in OPEN:
                answer = await stranger.request(way.method, way.path)
                assert answer.status_code in {401, 403, 303}, (way, headers)


@shared
async def test_what_is_open_says_so_and_nothing_else_is(shared_service: Service) -> None:
    undeclared = {
        handler.handler_name
        for route in shared_service.app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if scope_needed(handler) is None and (route.path_format or "/") not in OPEN | {LOOPBACK_OR_TOKEN}
        if not handler.handler_name.endswith("options_handler")
    }
    assert undeclared == set()


async def test_a_route_that_says_nothing_is_closed_to_everybody(service: Service) -> None:
    @get("/forgotten")
    async def forgotten() -> str:
        return "secret"

    service.app.register(forgotten)
    assert (await (await service.caller()).get("/forgotten")).json()["code"] == "route_closed"
    assert (await (await service.caller(None)).get("/forgotten")).status_code == 401


class Knock:
    """A WebSocket's handshake, without a socket."""

    def __init__(self, path: str, headers: dict[str, str]) -> None:
        self._scope: Any = {
            "type": "websocket",
            "path": path,
            "query_string": b"topic=events",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        self.answers: list[dict[str, Any]] = []

    async def at(self, app: Litestar) -> dict[str, Any]:
        """Return the first thing that is said to it."""

        async def receive() -> dict[str, str]:
            return {"type": "websocket.connect"}

        async def send(message: dict[str, Any]) -> None:
            self.answers.append(message)

        await app(self._scope, receive, send)  # type: ignore[arg-type]
        return self.answers[0]


@shared
async def test_no_websocket_opens_at_any_address_without_a_key(shared_service: Service) -> None:
    addresses = {way.path for way in ways(shared_service)} | {"/nowhere", "/api/v1/live/", "//api/v1/live"}
    assert SOCKET_PATH in addresses
    strangers = [{}, {"x-api-key": "shd_wrong"}, {"cookie": "shadower_session=wrong"}, {"authorization": "Bearer "}]
    for address in sorted(addresses):
        for headers in strangers:
            answer = await Knock(address, headers).at(shared_service.app)
            assert answer["type"] == "websocket.http.response.start", (address, headers)
            assert answer["status"] == (401 if address == SOCKET_PATH else 404), (address, headers)


@shared
async def test_no_other_address_than_that_of_the_live_side_takes_a_websocket(shared_service: Service) -> None:
    for address in {way.path for way in ways(shared_service)} - {SOCKET_PATH}:
        answer = await Knock(address, {"x-api-key": ADMIN_KEY}).at(shared_service.app)
        assert (answer["type"], answer["status"]) == ("websocket.http.response.start", 404), address


async def other_workspace(service: Service) -> httpx.AsyncClient:
    """A client of another workspace, which holds an event, a session, a key and what was refused, to be found."""
    there = await service.caller(await service.key(Scope.ADMIN, workspace="elsewhere"))
    one = {"id": LEAK, "type": "agent.executed", "session_id": LEAK, "user_id": LEAK, "agent_id": LEAK, "source": LEAK}
    answer = await there.post("/api/v1/events", json=[one | {"model": LEAK}, {"type": "X", "user_id": LEAK}])
    assert answer.json()["stored"] == 1
    await there.post("/api/v1/jobs", json={"kind": "quarantine.replay", "payload": {"code": LEAK}})
    await there.post("/api/v1/keys", json={"name": LEAK, "scopes": ["read"]})
    await there.patch("/api/v1/workspaces/current", json={"name": LEAK})
    await service.keep(an_unhandled_event(workspace=2, message=LEAK))
    return there


async def test_no_route_leaks_another_workspaces_data(service: Service) -> None:
    there = await other_workspace(service)
    ids = {
        "{key_id}": (await there.get("/api/v1/keys")).json()["items"][-1]["id"],
        "{job_id}": (await there.get("/api/v1/jobs")).json()["items"][-1]["id"],
        "{entry_id}": (await there.get("/api/v1/quarantine")).json()["items"][0]["id"],
        "{letter_id}": (await there.get("/api/v1/dead-letters")).json()["items"][0]["id"],
    }
    event = (await there.get("/api/v1/events")).json()["items"][0]
    here = await service.caller()
    queries = ["", f"?user_id={LEAK}", f"?session_id={LEAK}", f"?by=user_id&user_id={LEAK}", "?by=agent_id"]
    polls = ["events&after=0&wait=0", "metrics&question=breakdown&by=user_id", f"metrics&metric=events&user_id={LEAK}"]
    for way in ways(service):
        path = way.template
        for name, number in ids.items():
            path = path.replace(name, str(number))
        asked_of = [f"?topic={each}" for each in polls] if path == "/api/v1/live/poll" else queries
        for query in asked_of if way.method == "GET" else [""]:
            for event_id in {event["id"], LEAK} if "{event_id}" in path else {LEAK}:
                asked = Way(way.method, path).path.replace(LEAK, event_id) + query
                answer = await here.request(way.method, asked, json={} if way.method in {"POST", "PATCH"} else None)
                told = answer.text.replace(f'"instance":"{asked.partition("?")[0]}"', "")
                assert LEAK not in told or path.startswith(("/sign-in", "/sessions/")), (way, query, told)
                if path.startswith("/api/v1/") and answer.status_code == 200:
                    assert event["id"] not in told, way
    # And nothing there was touched on the way.
    assert (await there.get("/api/v1/events/statistics")).json()["events"] == 1
    assert len((await there.get("/api/v1/quarantine", params={"state": "open"})).json()["items"]) == 1
    assert all(key["revoked_at"] is None for key in (await there.get("/api/v1/keys")).json()["items"])
    assert len((await there.get("/api/v1/dead-letters", params={"state": "open"})).json()["items"]) == 1


async def test_the_workspace_comes_from_the_key_and_never_from_the_request(service: Service) -> None:
    await other_workspace(service)
    here = await service.caller(headers={"x-workspace": "elsewhere"})
    assert (await here.get("/api/v1/workspaces/current")).json()["name"] == "default"
    assert (await here.get("/api/v1/events?workspace=elsewhere")).json()["code"] == "unknown_parameter"
    answer = await here.post("/api/v1/events", json=[{"type": "a.b", "workspace": "elsewhere"}])
    assert answer.json()["results"][0]["code"] == "unknown_field"


async def test_the_same_id_in_two_workspaces_is_two_events(service: Service) -> None:
    there = await other_workspace(service)
    here = await service.caller()
    assert (await here.post("/api/v1/events", json=[{"id": LEAK, "type": "c.d"}])).json()["stored"] == 1
    assert (await here.get(f"/api/v1/events/{LEAK}")).json()["type"] == "c.d"
    assert (await there.get(f"/api/v1/events/{LEAK}")).json()["type"] == "agent.executed"


@pytest.mark.parametrize("scope", list(Scope))
async def test_each_scope_opens_its_own_routes_and_no_others(service: Service, scope: Scope) -> None:
    caller = await service.caller(await service.key(scope))
    allowed = set(Scope) if scope is Scope.ADMIN else {scope}
    for route in service.app.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            needed = scope_needed(handler)
            if needed not in set(Scope):
                continue
            (method,) = handler.http_methods
            answer = await caller.request(method, Way(method, route.path_format or "/").path)
            refused = answer.status_code == 403
            assert refused is (needed not in allowed), (scope, method, route.path_format, answer.text[:200])


async def test_a_revoked_key_stops_at_once_and_so_do_its_sessions(service: Service) -> None:
    key = await service.key(Scope.READ)
    caller, browser = await service.caller(key), await service.caller(None)
    await browser.post("/sign-in", data={"key": key})
    assert [(await each.get("/api/v1/metrics")).status_code for each in (caller, browser)] == [200, 200]
    admin = await service.caller()
    number = (await admin.get("/api/v1/keys")).json()["items"][-1]["id"]
    assert (await admin.delete(f"/api/v1/keys/{number}")).status_code == 200
    assert [(await each.get("/api/v1/metrics")).status_code for each in (caller, browser)] == [401, 401]


async def test_a_key_revoked_elsewhere_stops_within_a_second(service: Service) -> None:
    key = await service.key(Scope.READ)
    caller = await service.caller(key)
    now = 0.0
    known = service.container.known_callers()
    known._now = lambda: now
    assert (await caller.get("/api/v1/metrics")).status_code == 200
    async with service.container.begin()() as work:  # another process: this one hears nothing of it
        keys = await work.keys.list(1, 10)
        await work.keys.revoke(keys[-1].id, service.clock.now())
        await work.commit()
    now = 1.01
    assert (await caller.get("/api/v1/metrics")).status_code == 401
