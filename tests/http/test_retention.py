"""Retention over HTTP: the term, the runs, and answers that say what they lack."""

import re
from typing import Any

import httpx
import pytest

from shadower.domain.events.moments import DAY, rfc3339
from shadower.domain.keys.key import Scope
from shadower.testing import NOW, HandClock
from tests.http.conftest import OLD_EVENT, Service, shared

CURRENT = "/api/v1/workspaces/current"
RETENTION = "/api/v1/retention"
RUNS = "/api/v1/retention/runs"


async def aged(service: Service, clock: HandClock, days: int = 10) -> httpx.AsyncClient:
    """Send two events, let some days pass, send one more, and let go of what is older than 7 days."""
    api = await service.caller()
    for minute in (30, 31):
        sent = OLD_EVENT | {"occurred_at": f"2026-01-31T09:{minute}:00Z", "agent_id": "a", "user_id": "u"}
        await api.post("/api/v1/events", json=[sent | {"correlation_id": "c"}])
    clock.move(days * DAY)
    await api.post("/api/v1/events", json=[{"type": "agent.executed", "occurred_at": rfc3339(clock.now())}])
    await api.patch(CURRENT, json={"retention_days": 7})
    await service.container.apply_retention()()
    return api


async def test_the_term_is_set_and_taken_back(api: httpx.AsyncClient) -> None:
    assert (await api.get(CURRENT)).json()["retention_days"] is None
    assert (await api.patch(CURRENT, json={"retention_days": 90})).json()["retention_days"] == 90
    assert (await api.patch(CURRENT, json={"name": "Sales"})).json()["retention_days"] == 90
    assert (await api.patch(CURRENT, json={"retention_days": None})).json()["retention_days"] is None
    assert (await api.get(RETENTION)).json() == {
        "retention_days": None,
        "removed_events": 0,
        "received_before": None,
        "latest_run": None,
        "alarm": False,
    }


@pytest.mark.parametrize("days", [0, -1, 36_501])
@shared
async def test_a_term_out_of_bounds_is_refused_in_words(shared_api: httpx.AsyncClient, days: int) -> None:
    answer = await shared_api.patch(CURRENT, json={"retention_days": days})
    assert (answer.status_code, answer.json()["code"]) == (400, "retention_days_invalid")
    assert "1 to 36,500" in answer.json()["detail"]


@pytest.mark.parametrize("days", ["soon", 1.5, True])
@shared
async def test_a_term_is_a_whole_number(shared_api: httpx.AsyncClient, days: object) -> None:
    assert (await shared_api.patch(CURRENT, json={"retention_days": days})).status_code == 400


async def test_only_an_admin_sets_the_term_and_every_reader_sees_it(service: Service) -> None:
    reader = await service.caller(await service.key(Scope.READ))
    assert (await reader.patch(CURRENT, json={"retention_days": 1})).status_code == 403
    assert (await reader.get(RETENTION)).status_code == 200
    assert (await reader.get(RUNS)).status_code == 200
    sender = await service.caller(await service.key(Scope.INGEST))
    assert (await sender.get(RUNS)).status_code == 403


async def test_what_was_removed_is_told(service: Service, clock: HandClock) -> None:
    api = await aged(service, clock)
    told = (await api.get(RETENTION)).json()
    assert (told["retention_days"], told["removed_events"], told["alarm"]) == (7, 2, False)
    assert told["received_before"] == rfc3339(clock.now() - 7 * DAY)
    run = told["latest_run"]
    assert (run["state"], run["dry_run"], run["due"], run["removed"], run["detail"]) == ("succeeded", False, 2, 2, None)
    assert run["finished_at"] == rfc3339(clock.now())
    assert (await api.get(RUNS)).json() == {"items": [run], "next_cursor": None}
    assert (await api.get("/api/v1/health/data")).json()["retention"] == told


async def test_runs_are_listed_in_pages_each_workspace_for_itself(service: Service) -> None:
    api = await service.caller()
    other = await service.caller(await service.key(Scope.ADMIN, workspace="other"))
    for each in (api, other):
        await each.patch(CURRENT, json={"retention_days": 7})
    for _ in range(3):
        await service.container.apply_retention()()
    await service.container.apply_retention()(dry_run=True)
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = (await api.get(RUNS, params={"limit": 3} | ({"cursor": cursor} if cursor else {}))).json()
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [run["dry_run"] for run in found] == [True, False, False, False]
    assert [run["id"] for run in found] == sorted((run["id"] for run in found), reverse=True)
    theirs = {run["id"] for run in (await other.get(RUNS)).json()["items"]}
    assert not theirs & {run["id"] for run in found}
    assert (await api.get(RUNS, params={"cursor": "x"})).json()["code"] == "cursor_invalid"


async def test_answers_over_whole_quarter_hours_stay_exact(service: Service, clock: HandClock) -> None:
    api = await aged(service, clock)
    day = {"metric": "events,active_agents", "from": "2026-01-31", "to": "2026-02-01"}
    for asked in (day, {"metric": "events,active_agents", "timeframe": "all"}):
        told = (await api.get("/api/v1/metrics/summary", params=asked)).json()
        assert (told["exact"], told["reason"]) == (True, None)
        assert told["metrics"]["events"]["value"] == (2 if asked is day else 3)
    statistics = (await api.get("/api/v1/events/statistics")).json()
    assert (statistics["events"], statistics["users"], statistics["exact"], statistics["reason"]) == (3, 1, True, None)
    assert statistics["from"] == "2026-01-31T09:30:00+00:00"
    assert len((await api.get("/api/v1/events")).json()["items"]) == 1


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("metrics/summary", {"metric": "events", "from": "2026-01-31T09:31:00Z", "to": "2026-02-01"}),
        ("metrics/timeseries", {"metric": "events", "interval": "day", "from": "2026-01-31T09:31:00Z"}),
        ("metrics/breakdown", {"metric": "events", "by": "session_id", "from": "2026-01-31", "to": "2026-02-01"}),
        ("metrics/summary", {"metric": "events", "agent_id": "a", "user_id": "u", "from": "2026-01-31"}),
        ("events/statistics", {"from": "2026-01-31T09:31:00Z", "to": "2026-02-01"}),
        ("events/statistics", {"correlation_id": "c"}),
    ],
)
async def test_an_answer_that_needs_what_is_gone_says_so_and_since_when_all_is_there(
    service: Service, clock: HandClock, path: str, asked: dict[str, str]
) -> None:
    api = await aged(service, clock)
    told = (await api.get(f"/api/v1/{path}", params=asked)).json()
    assert told["exact"] is False
    assert f"received before {rfc3339(NOW + 3 * DAY)} have been removed" in told["reason"]


async def test_a_failed_run_shows_in_health_and_in_the_health_of_the_data(service: Service) -> None:
    api = await service.caller()
    await api.patch(CURRENT, json={"retention_days": 7})
    async with service.container.begin()() as work:
        run = await work.retention.begin(1, NOW, NOW, dry_run=False)  # type: ignore[arg-type]
        await work.retention.save(run.finished("failed", NOW, removed=0, detail="The disk is full."))  # type: ignore[arg-type]
        await work.commit()
    health = (await api.get("/health")).json()
    assert (health["status"], health["retention_alarms"]) == ("degraded", 1)
    stranger = await service.caller(None)
    assert (await stranger.get("/health")).json() == {"status": "degraded"}
    told = (await api.get("/api/v1/health/data")).json()["retention"]
    assert (told["alarm"], told["latest_run"]["detail"]) == (True, "The disk is full.")
    here = await service.caller(None, peer="127.0.0.1")
    assert re.search(r"^shadower_retention_alarms 1\.0$", (await here.get("/metrics")).text, re.MULTILINE)
