"""Sessions as their events tell them."""

import itertools
from typing import Any

import httpx

from tests.http.test_events import all_pages, at

SESSIONS = "/api/v1/sessions"
STORY: list[dict[str, Any]] = [
    {"type": "user.login", "user_id": "ada", "occurred_at": at(0)},
    {"type": "agent.executed", "user_id": "ada", "agent_id": "triage", "status": "success", "occurred_at": at(2)},
    {"type": "agent.failed", "user_id": "bob", "agent_id": "refund", "occurred_at": at(5)},
]


async def send(api: httpx.AsyncClient, session: str, *events: dict[str, Any]) -> None:
    answer = await api.post("/api/v1/events", json=[each | {"session_id": session} for each in events])
    assert answer.json()["stored"] == len(events)


async def test_a_session_is_the_same_whatever_the_order_its_events_came_in(api: httpx.AsyncClient) -> None:
    for number, story in enumerate(itertools.permutations(STORY)):
        for event in story:
            await send(api, f"s{number}", event)
        told = (await api.get(f"{SESSIONS}/s{number}")).json()
        timeline = told.pop("timeline")
        assert told == {
            "session_id": f"s{number}",
            "started_at": "2026-01-31T09:30:00Z",
            "ended_at": "2026-01-31T09:30:05Z",
            "duration_ms": "5000",
            "events": 3,
            "executions": 2,
            "failures": 1,
            "users": ["ada", "bob"],
            "agents": ["refund", "triage"],
        }
        assert [each["type"] for each in timeline["items"]] == ["user.login", "agent.executed", "agent.failed"]


async def test_a_timeline_is_paged_and_can_be_read_backwards(api: httpx.AsyncClient) -> None:
    await send(api, "s", *[{"type": "a.b", "id": str(second), "occurred_at": at(second)} for second in range(5)])
    first = (await api.get(f"{SESSIONS}/s", params={"limit": 2})).json()
    assert [each["client_id"] for each in first["timeline"]["items"]] == ["0", "1"]
    cursor = first["timeline"]["next_cursor"]
    second = (await api.get(f"{SESSIONS}/s", params={"limit": 2, "cursor": cursor})).json()
    assert [each["client_id"] for each in second["timeline"]["items"]] == ["2", "3"]
    assert second["events"] == 5
    backwards = (await api.get(f"{SESSIONS}/s", params={"order": "newest", "limit": 1})).json()
    assert backwards["timeline"]["items"][0]["client_id"] == "4"


async def test_sessions_are_listed_by_end_or_by_start(api: httpx.AsyncClient) -> None:
    await send(api, "long", {"type": "a.b", "occurred_at": at(0)}, {"type": "a.b", "occurred_at": at(9)})
    await send(api, "short", {"type": "a.b", "occurred_at": at(3)}, {"type": "a.b", "occurred_at": at(4)})

    async def listed(**asked: str) -> list[str]:
        return [each["session_id"] for each in (await api.get(SESSIONS, params=asked)).json()["items"]]

    assert await listed() == ["long", "short"]
    assert await listed(order="oldest") == ["long", "short"]
    assert await listed(**{"from": at(5)}) == ["long"]
    assert await listed(to=at(5)) == ["short"]
    assert await listed(order="oldest", **{"from": at(1)}) == ["short"]


async def test_a_session_is_found_by_any_of_its_events_and_told_whole(api: httpx.AsyncClient) -> None:
    await send(api, "s", *STORY)
    await send(api, "t", STORY[0])
    (found,) = (await api.get(SESSIONS, params={"user_id": "bob"})).json()["items"]
    assert (found["session_id"], found["events"]) == ("s", 3)
    assert (await api.get(SESSIONS, params={"agent_id": "nobody"})).json()["items"] == []


async def test_sessions_take_several_values_and_what_events_lack(api: httpx.AsyncClient) -> None:
    await send(api, "s", *STORY)
    await send(api, "t", STORY[0])

    async def listed(**asked: str | list[str]) -> set[str]:
        return {each["session_id"] for each in (await api.get(SESSIONS, params=asked)).json()["items"]}

    assert await listed(user_id=["ada", "bob"]) == {"s", "t"}
    assert await listed(type=["agent.executed", "agent.failed"], status="failure") == {"s"}
    assert await listed(missing="agent_id") == {"s", "t"}
    assert await listed(has="agent_id") == {"s"}


async def test_pages_hold_every_session_once(api: httpx.AsyncClient) -> None:
    for number in range(11):
        await send(api, f"s{number}", {"type": "a.b", "occurred_at": at(number // 3)})
    for order in ("newest", "oldest"):
        pages = await all_pages(api, SESSIONS, order=order, limit=4)
        assert [len(page) for page in pages] == [4, 4, 3]
        assert {each["session_id"] for page in pages for each in page} == {f"s{number}" for number in range(11)}
