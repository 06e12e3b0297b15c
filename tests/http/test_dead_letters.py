"""Dead letters over HTTP: see them, have them handled again, drop them."""

from typing import Any

import httpx

from shadower.domain.keys.key import Scope
from shadower.testing import an_unhandled_event
from tests.http.conftest import Service


async def listed(api: httpx.AsyncClient, **asked: str | int) -> list[dict[str, Any]]:
    answer = await api.get("/api/v1/dead-letters", params=asked)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_dead_letter_tells_which_event_and_why(service: Service, api: httpx.AsyncClient) -> None:
    event = an_unhandled_event(7)
    await service.keep(event)
    (letter,) = await listed(api)
    assert letter == {
        "id": letter["id"],
        "group": "mail",
        "event_id": event.event_id,
        "type": "agent.executed",
        "position": 7,
        "error": "LookupError",
        "message": "no such address",
        "attempts": 8,
        "first_failed_at": "2026-01-31T09:30:00Z",
        "last_failed_at": "2026-01-31T09:30:00Z",
        "state": "open",
    }


async def test_dead_letters_page_newest_first_and_are_found_by_group_and_state(
    service: Service, api: httpx.AsyncClient
) -> None:
    await service.keep(*(an_unhandled_event(position) for position in range(1, 6)), an_unhandled_event(1, group="web"))
    assert [letter["position"] for letter in await listed(api, group="mail")] == [5, 4, 3, 2, 1]
    assert await listed(api, group="nobody") == await listed(api, state="replaying") == []
    found, asked = [], {"limit": "2"}
    while True:
        page = (await api.get("/api/v1/dead-letters", params=asked)).json()
        found += page["items"]
        if page["next_cursor"] is None:
            break
        asked["cursor"] = page["next_cursor"]
    assert found == await listed(api)
    assert len(found) == 6


async def test_a_replay_is_asked_for_and_asking_twice_changes_nothing(service: Service, api: httpx.AsyncClient) -> None:
    await service.keep(an_unhandled_event())
    (letter,) = await listed(api)
    for _ in range(2):
        answer = await api.post(f"/api/v1/dead-letters/{letter['id']}/replay")
        assert (answer.status_code, answer.json()) == (202, letter | {"state": "replaying"})
    assert await listed(api, state="replaying") == [letter | {"state": "replaying"}]
    async with service.container.begin()() as work:
        assert len(await work.dead_letters.to_replay("mail", 9)) == 1


async def test_a_dropped_one_is_gone(service: Service, api: httpx.AsyncClient) -> None:
    await service.keep(an_unhandled_event())
    (letter,) = await listed(api)
    assert (await api.delete(f"/api/v1/dead-letters/{letter['id']}")).status_code == 204
    assert await listed(api) == []
    again = await api.delete(f"/api/v1/dead-letters/{letter['id']}")
    assert (again.status_code, again.json()["code"]) == (404, "dead_letter_not_found")


async def test_what_cannot_be_is_a_problem_with_its_reason(service: Service, api: httpx.AsyncClient) -> None:
    for path, code in (
        ("/api/v1/dead-letters?cursor=nonsense", "cursor_invalid"),
        ("/api/v1/dead-letters?state=lost", "parameter_invalid"),
        ("/api/v1/dead-letters?colour=red", "unknown_parameter"),
        ("/api/v1/dead-letters?limit=0", "parameter_invalid"),
    ):
        answer = await api.get(path)
        assert (answer.status_code, answer.json()["code"]) == (400, code), path
    answer = await api.post("/api/v1/dead-letters/404/replay")
    assert (answer.status_code, answer.json()["code"]) == (404, "dead_letter_not_found")


async def test_only_admins_see_them(service: Service) -> None:
    reader = await service.caller(await service.key(Scope.READ, Scope.INGEST))
    assert (await reader.get("/api/v1/dead-letters")).status_code == 403


async def test_health_tells_each_groups_lag_and_dead_letters(service: Service, api: httpx.AsyncClient) -> None:
    await api.post("/api/v1/events", json=[{"type": "agent.executed"}] * 2)
    async with service.container.begin()() as work:
        await work.bus_groups.join("mail", 1, service.clock.now())  # type: ignore[arg-type]
        await work.commit()
    await service.key(Scope.READ, workspace="elsewhere")
    await service.keep(an_unhandled_event(1), an_unhandled_event(2, workspace=2))
    service.clock.move(61_000_000)
    told = {
        "name": "mail",
        "lag": 1,
        "lag_ms": 61_000,
        "position": 1,
        "head": 2,
        "moved_at": "2026-01-31T09:30:00Z",
        "owner": None,
    }
    health = (await api.get("/health")).json()
    assert (health["status"], health["groups"]) == ("degraded", [told | {"dead_letters": 2}])
    assert health["bus"] == {"technology": "memory", "reachable": True, "events": 0, "detail": None}
    assert (await api.get("/api/v1/health/data")).json()["groups"] == [told | {"dead_letters": 1}]
    here = await service.caller(None, peer="127.0.0.1")
    measured = (await here.get("/metrics")).text
    for line in (
        'shadower_bus_group_lag_events{group="mail"} 1.0',
        'shadower_bus_group_lag_seconds{group="mail"} 61.0',
        'shadower_bus_group_dead_letters{group="mail"} 2.0',
        'shadower_bus_group_owned{group="mail"} 0.0',
        "shadower_bus_up 1.0",
    ):
        assert line in measured


async def test_what_the_platform_does_is_told_in_the_workspaces_log(service: Service) -> None:
    there = await service.caller(await service.key(Scope.ADMIN, workspace="elsewhere"))
    service.clock.move(1_000_000)
    await there.patch("/api/v1/workspaces/current", json={"time_zone": "Europe/Berlin", "first_weekday": "sunday"})
    made = (await there.post("/api/v1/keys", json={"name": "CRM", "scopes": ["ingest", "read"]})).json()
    for _ in range(2):
        await there.delete(f"/api/v1/keys/{made['id']}")
    await there.patch("/api/v1/workspaces/current", json={"time_zone": "Europe/Berlin"})
    await service.container.tell_acts().flush()
    await service.container.tell_acts().flush()
    events = (await there.get("/api/v1/events?source=shadower&order=oldest")).json()["items"]
    told = [(event["type"], event["data"]) for event in events]
    assert told == [
        ("workspace.created", {"slug": "elsewhere", "name": "elsewhere", "time_zone": "UTC"}),
        ("key.issued", told[1][1]),
        (
            "workspace.changed",
            {
                "before": {"time_zone": "UTC", "first_weekday": "monday"},
                "after": {"time_zone": "Europe/Berlin", "first_weekday": "sunday"},
            },
        ),
        ("key.issued", {"key": made["id"], "name": "CRM", "prefix": made["prefix"], "scopes": ["ingest", "read"]}),
        ("key.revoked", {"key": made["id"], "name": "CRM", "prefix": made["prefix"]}),
    ]
    assert events[2]["occurred_at"] == "2026-01-31T09:30:01Z"
    assert made["key"] not in str(events)
    here = await service.caller()
    assert (await here.get("/api/v1/events?source=shadower")).json()["items"] == []
