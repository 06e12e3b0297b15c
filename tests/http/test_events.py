"""Looking at events: lists, pages, filters, single events and counts."""

from typing import Any

import httpx
import pytest

from shadower.domain.events.moments import HOUR, rfc3339
from shadower.entrypoints.http.cursors import cursor_of
from shadower.testing import HandClock
from tests.http.conftest import shared

EVENTS = "/api/v1/events"


async def send(api: httpx.AsyncClient, *events: dict[str, Any]) -> None:
    answer = await api.post(EVENTS, json=[{"type": "a.b"} | each for each in events])
    assert answer.json()["stored"] == len(events), answer.text


async def ids(api: httpx.AsyncClient, **asked: str | int | list[str]) -> list[str]:
    answer = await api.get(EVENTS, params=asked)
    assert answer.status_code == 200, answer.text
    return [each["client_id"] for each in answer.json()["items"]]


async def all_pages(api: httpx.AsyncClient, path: str = EVENTS, **asked: str | int) -> list[list[dict[str, Any]]]:
    pages, cursor = [], None
    while True:
        told = (await api.get(path, params=asked | ({"cursor": cursor} if cursor else {}))).json()
        pages.append(told["items"])
        cursor = told["next_cursor"]
        if cursor is None:
            return pages


def at(second: int) -> str:
    return f"2026-01-31T09:30:{second:02d}Z"


async def test_the_newest_come_first_unless_the_oldest_are_asked_for(api: httpx.AsyncClient) -> None:
    await send(api, *[{"id": str(second), "occurred_at": at(second)} for second in (2, 0, 1)])
    assert await ids(api) == ["2", "1", "0"]
    assert await ids(api, order="newest") == ["2", "1", "0"]
    assert await ids(api, order="oldest") == ["0", "1", "2"]


@pytest.mark.parametrize("order", ["newest", "oldest"])
async def test_pages_hold_every_event_once_also_those_of_one_moment(api: httpx.AsyncClient, order: str) -> None:
    await send(api, *[{"id": str(number), "occurred_at": at(number // 10)} for number in range(45)])
    pages = await all_pages(api, order=order, limit=7)
    assert [len(page) for page in pages] == [7, 7, 7, 7, 7, 7, 3]
    found = [each["client_id"] for page in pages for each in page]
    assert sorted(found, key=int) == [str(number) for number in range(45)]
    moments = [each["occurred_at"] for page in pages for each in page]
    assert moments == sorted(moments, reverse=order == "newest")


async def test_a_last_page_that_is_just_full_has_no_next(api: httpx.AsyncClient) -> None:
    await send(api, {"id": "1"}, {"id": "2"})
    assert (await api.get(EVENTS, params={"limit": 2})).json()["next_cursor"] is None
    assert (await api.get(EVENTS, params={"limit": 1})).json()["next_cursor"] is not None


async def test_events_that_come_in_meanwhile_neither_repeat_nor_hide_others(api: httpx.AsyncClient) -> None:
    await send(api, *[{"id": f"old{second}", "occurred_at": at(second)} for second in range(6)])
    first = (await api.get(EVENTS, params={"limit": 3})).json()
    await send(api, *[{"id": f"new{second}", "occurred_at": at(second)} for second in range(10, 16)])
    second = (await api.get(EVENTS, params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert [each["client_id"] for each in first["items"] + second["items"]] == [f"old{n}" for n in (5, 4, 3, 2, 1, 0)]


async def test_a_list_has_a_hundred_items_unless_asked_otherwise(api: httpx.AsyncClient) -> None:
    await send(api, *[{} for _ in range(1_001)])
    assert len((await api.get(EVENTS)).json()["items"]) == 100
    assert len((await api.get(EVENTS, params={"limit": 1_000})).json()["items"]) == 1_000


@pytest.mark.parametrize(
    "field", ["type", "source", "user_id", "agent_id", "session_id", "correlation_id", "model", "status"]
)
async def test_every_filter_keeps_what_matches_exactly(api: httpx.AsyncClient, field: str) -> None:
    one, other = {"type": ("x.y", "x.z"), "status": ("success", "failure")}.get(field, ("one", "One"))
    await send(api, {"id": "1", field: one}, {"id": "2", field: other}, {"id": "3"})
    assert await ids(api, **{field: one}) == ["1"]
    assert set(await ids(api, **{field: ""})) == {"1", "2", "3"}


async def test_filters_hold_together(api: httpx.AsyncClient) -> None:
    await send(api, {"id": "1", "user_id": "u", "model": "m"}, {"id": "2", "user_id": "u"}, {"id": "3", "model": "m"})
    assert await ids(api, user_id="u", model="m") == ["1"]


async def test_several_values_of_a_filter_are_alternatives(api: httpx.AsyncClient) -> None:
    await send(
        api,
        {"id": "1", "type": "agent.executed", "status": "failure"},
        {"id": "2", "type": "agent.failed", "user_id": "with, a comma"},
        {"id": "3", "type": "tool.called", "status": "failure"},
        {"id": "4", "type": "agent.executed", "status": "success"},
    )
    runs = ["agent.executed", "agent.failed"]
    assert sorted(await ids(api, type=runs)) == ["1", "2", "4"]
    assert sorted(await ids(api, type=runs, status="failure")) == ["1", "2"]
    assert sorted(await ids(api, type=runs, status=["failure", ""])) == ["1", "2"]
    assert await ids(api, user_id="with, a comma") == ["2"]
    counted = (await api.get(f"{EVENTS}/statistics", params={"type": runs, "status": "failure"})).json()
    assert (counted["events"], counted["by_type"]) == (2, {"agent.executed": 1, "agent.failed": 1})


async def test_events_are_asked_for_by_what_they_lack_and_what_they_have(api: httpx.AsyncClient) -> None:
    await send(
        api,
        {"id": "1", "model": "m", "cost": "0"},
        {"id": "2", "model": "n", "duration_ms": 5},
        {"id": "3", "user_id": "u", "credits": 1},
    )
    assert await ids(api, missing="model") == ["3"]
    assert sorted(await ids(api, missing="model", model="n")) == ["2", "3"]
    assert sorted(await ids(api, missing=["model", "status"])) == ["3"]
    assert sorted(await ids(api, has="model")) == ["1", "2"]
    assert await ids(api, has=["model", "cost"]) == ["1"]
    assert await ids(api, has="duration_ms") == ["2"]
    assert await ids(api, has="model", model="n") == ["2"]
    assert await ids(api, has="model", missing="model") == []
    assert sorted(await ids(api, missing="", has="")) == ["1", "2", "3"]
    for name in ("cost", "credits"):
        assert (await api.get(f"{EVENTS}/statistics", params={"has": name})).json()["events"] == 1


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ({"status": "done"}, "status", "unknown_status"),
        ({"status": "Success"}, "status", "unknown_status"),
        ({"missing": "cost"}, "missing", "unknown_filter"),
        ({"missing": "type"}, "missing", "unknown_filter"),
        ({"has": "data"}, "has", "unknown_filter"),
    ],
)
@pytest.mark.parametrize("path", [EVENTS, f"{EVENTS}/statistics", "/api/v1/sessions", "/api/v1/metrics/summary"])
@shared
async def test_a_filter_that_no_event_can_pass_is_a_mistake_and_told(
    shared_api: httpx.AsyncClient, path: str, asked: dict[str, str], field: str, code: str
) -> None:
    answer = await shared_api.get(path, params=asked)
    told = answer.json()
    assert (answer.status_code, told["code"], told["errors"][0]["field"]) == (400, code, field)


@shared
async def test_a_value_is_no_longer_than_a_field_and_there_are_not_too_many(shared_api: httpx.AsyncClient) -> None:
    for asked in ({"user_id": "x" * 256}, {"user_id": [str(number) for number in range(101)]}):
        answer = await shared_api.get(EVENTS, params=asked)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "user_id")


async def test_times_are_half_open_and_in_the_workspaces_zone(api: httpx.AsyncClient) -> None:
    await api.patch("/api/v1/workspaces/current", json={"time_zone": "Europe/Berlin"})
    await send(
        api,
        {"id": "evening", "occurred_at": "2026-01-30T22:59:59.999999Z"},
        {"id": "midnight", "occurred_at": "2026-01-30T23:00:00Z"},
        {"id": "last", "occurred_at": "2026-01-31T22:59:59.999999Z"},
        {"id": "next", "occurred_at": "2026-01-31T23:00:00Z"},
    )
    day = ["last", "midnight"]
    assert await ids(api, **{"from": "2026-01-31", "to": "2026-02-01"}) == day
    assert await ids(api, **{"from": "2026-01-31T00:00", "to": "2026-02-01T00:00:00"}) == day
    assert await ids(api, **{"from": "2026-01-30T23:00:00Z", "to": "2026-02-01T00:00:00+01:00"}) == day
    assert await ids(api, to="2026-01-31") == ["evening"]
    assert await ids(api, **{"from": "2026-02-01"}) == ["next"]
    await api.patch("/api/v1/workspaces/current", json={"time_zone": "UTC"})
    assert await ids(api, **{"from": "2026-01-31", "to": "2026-02-01"}) == ["next", "last"]


async def test_a_plus_that_a_url_turned_into_a_space_is_understood(api: httpx.AsyncClient) -> None:
    await send(api, {"id": "1", "occurred_at": "2026-01-31T09:30:00Z"})
    answer = await api.get(f"{EVENTS}?from=2026-01-31T10:30:00+01:00&to=2026-01-31T10:30:01+01:00")
    assert [each["client_id"] for each in answer.json()["items"]] == ["1"]


@pytest.mark.parametrize(
    "time", ["yesterday", "2026-13-01", "2026-01-31T25:00", "1767000000", "2026-01-31T09:30:00+99:00"]
)
@shared
async def test_a_time_that_is_none_is_named(shared_api: httpx.AsyncClient, time: str) -> None:
    answer = await shared_api.get(EVENTS, params={"from": time})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "from")


async def test_cursors_of_other_lists_and_made_up_ones_are_refused(api: httpx.AsyncClient) -> None:
    await send(api, {"session_id": "s"}, {"session_id": "s"}, {"session_id": "t"})
    mine = (await api.get(EVENTS, params={"limit": 1})).json()["next_cursor"]
    of_sessions = (await api.get("/api/v1/sessions", params={"limit": 1})).json()["next_cursor"]
    assert (await api.get(EVENTS, params={"cursor": mine})).status_code == 200
    for cursor in (
        of_sessions,
        mine + "A",
        mine[:-1],
        "é",
        "null",
        cursor_of("events-newest", 1),
        cursor_of("events-newest", 2**63, 1),
        "x" * 500,
    ):
        answer = await api.get(EVENTS, params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid"), cursor
    assert (await api.get(EVENTS, params={"cursor": mine, "order": "oldest"})).json()["code"] == "cursor_invalid"


async def test_an_event_is_read_by_uuid_in_any_case_or_by_its_own_id(api: httpx.AsyncClient) -> None:
    await send(api, {"id": "order 4711"})
    uuid = (await api.get(EVENTS)).json()["items"][0]["id"]
    for name in (uuid, uuid.upper(), "order%204711"):
        assert (await api.get(f"{EVENTS}/{name}")).json()["client_id"] == "order 4711"


async def test_of_several_events_with_one_own_id_the_newest_is_read(api: httpx.AsyncClient) -> None:
    await send(api, {"id": "1", "source": "a"}, {"id": "1", "source": "b"})
    assert (await api.get(f"{EVENTS}/1")).json()["source"] == "b"


async def test_any_id_is_found_also_one_that_a_path_cannot_say(api: httpx.AsyncClient) -> None:
    await send(api, {"id": "statistics", "source": "a"}, {"id": "statistics", "source": "b"}, {"id": "other"})
    assert "by_type" in (await api.get(f"{EVENTS}/statistics")).json()
    found = (await api.get(EVENTS, params={"id": "statistics"})).json()["items"]
    assert [each["source"] for each in found] == ["b", "a"]
    assert await ids(api, id=found[0]["id"].upper()) == ["statistics"]
    assert await ids(api, id=["other", "nobody", ""]) == ["other"]
    assert await ids(api, id="statistics", source="a") == ["statistics"]
    assert await ids(api, id="nobody") == []


async def test_statistics_count_exactly(api: httpx.AsyncClient, clock: HandClock) -> None:
    await send(
        api,
        {"type": "a.b", "user_id": "u", "agent_id": "x", "session_id": "s", "occurred_at": at(1)},
        {"type": "a.b", "user_id": "u", "agent_id": "y", "occurred_at": at(2)},
        {"type": "c.d", "user_id": "v", "correlation_id": "c", "occurred_at": at(3)},
    )
    told = (await api.get(f"{EVENTS}/statistics")).json()
    assert (told["events"], told["users"], told["agents"], told["sessions"]) == (3, 2, 2, 1)
    assert list(told["by_type"].items()) == [("a.b", 2), ("c.d", 1)]
    assert (told["from"], told["to"]) == ("2026-01-31T09:30:01+00:00", "2026-01-31T09:30:03.000001+00:00")
    assert (told["time_zone"], told["exact"], told["degraded"]) == ("UTC", True, False)
    assert told["fresh_to"] == rfc3339(clock.now())


async def test_statistics_take_the_filters_of_the_list(api: httpx.AsyncClient) -> None:
    await send(
        api,
        {"user_id": "u", "correlation_id": "c", "occurred_at": at(1)},
        {"user_id": "v", "correlation_id": "c", "occurred_at": at(2)},
        {"user_id": "u", "occurred_at": at(3)},
    )

    async def count(**asked: str) -> int:
        return int((await api.get(f"{EVENTS}/statistics", params=asked)).json()["events"])

    assert await count(user_id="u") == 2
    assert await count(correlation_id="c") == 2
    assert await count(correlation_id="c", user_id="u") == 1
    assert await count(**{"from": at(2)}) == 2
    assert await count(to=at(2)) == 1
    assert await count(**{"from": "2030-01-01"}) == 0


async def test_statistics_of_nothing_are_zero(api: httpx.AsyncClient) -> None:
    told = (await api.get(f"{EVENTS}/statistics")).json()
    assert (told["events"], told["by_type"], told["from"], told["to"]) == (0, {}, None, None)


async def test_events_of_shadower_itself_do_not_count_as_active(api: httpx.AsyncClient) -> None:
    answer = await api.post(EVENTS, json=[{"type": "a.b", "source": "shadower", "user_id": "u"}])
    assert answer.json()["results"][0]["code"] == "source_reserved"


async def test_an_event_of_the_future_is_found(api: httpx.AsyncClient, clock: HandClock) -> None:
    await send(api, {"id": "soon", "occurred_at": rfc3339(clock.now() + HOUR)})
    assert await ids(api) == ["soon"]
