"""Jobs over HTTP: asked for, looked at, cancelled and tried again by whoever may."""

from typing import Any

import httpx
import pytest

from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import DAY, MINUTE, rfc3339
from shadower.domain.jobs.job import Job, JobError, JobProgress, JobState, NewJob, Priority, Queue
from shadower.domain.keys.key import Scope
from shadower.testing import HandClock, a_job, a_refused_event
from tests.http.conftest import Service, shared

JOBS = "/api/v1/jobs"
NO_OFFSET = b'{"type":"a.b","occurred_at":"2026-01-31T09:30:00"}'
VERIFY = {"kind": "rollups.verify"}
LATER = {"kind": "rollups.verify", "run_after": "2026-03-01T02:00:00Z"}


async def ask(api: httpx.AsyncClient, status: int = 201, **body: object) -> dict[str, Any]:
    answer = await api.post(JOBS, json=body)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def read(api: httpx.AsyncClient, job: int) -> dict[str, Any]:
    answer = await api.get(f"{JOBS}/{job}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def listed(api: httpx.AsyncClient, **asked: str | int) -> list[int]:
    answer = await api.get(JOBS, params=asked)
    assert answer.status_code == 200, answer.text
    return [job["id"] for job in answer.json()["items"]]


async def put(service: Service, job: NewJob, **became: Any) -> Job:  # noqa: ANN401 - the fields of Job
    """Put a job into the store as it might have come to be."""
    async with service.container.begin()() as work:
        added, _ = await work.jobs.add(job)
        await work.commit()
    return added


async def save(service: Service, job: Job) -> Job:
    async with service.container.begin()() as work:
        await work.jobs.get(job.id)
        await work.jobs.save(job)
        await work.commit()
    return job


async def test_a_job_that_is_asked_for_is_done(api: httpx.AsyncClient, clock: HandClock) -> None:
    asked = await ask(api, **VERIFY)
    assert isinstance(asked["id"], int)
    now = rfc3339(clock.now())
    done = await read(api, asked["id"])
    assert done == asked | {
        "state": "succeeded",
        "attempts": 1,
        "result": {"differences": 0},
        "progress": {"done": 0, "total": 0, "note": "days"},
        "started_at": now,
        "finished_at": now,
    }
    assert asked | {"id": 0, "correlation_id": ""} == {
        "id": 0,
        "kind": "rollups.verify",
        "queue": "data-aggregator",
        "state": "queued",
        "cancelling": False,
        "priority": "normal",
        "system": False,
        "payload": {},
        "progress": None,
        "result": None,
        "error": None,
        "attempts": 0,
        "most_attempts": 8,
        "correlation_id": "",
        "idempotency_key": None,
        "created_at": now,
        "run_after": now,
        "started_at": None,
        "finished_at": None,
    }


async def test_a_job_belongs_to_the_request_that_asked_for_it(api: httpx.AsyncClient) -> None:
    answer = await api.post(JOBS, json=VERIFY, headers={"X-Request-ID": "from-the-crm-17"})
    assert answer.json()["correlation_id"] == "from-the-crm-17"


async def test_the_same_idempotency_key_is_the_same_job(api: httpx.AsyncClient) -> None:
    first = await ask(api, **VERIFY, idempotency_key="nightly")
    again = await ask(api, 200, **VERIFY, idempotency_key="nightly")
    assert (again["id"], again["state"]) == (first["id"], "succeeded")
    answer = await api.post(JOBS, json={"kind": "rollups.rebuild", "idempotency_key": "nightly"})
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")


async def test_a_job_for_later_waits_in_the_workspaces_time(api: httpx.AsyncClient) -> None:
    await api.patch("/api/v1/workspaces/current", json={"time_zone": "Asia/Kathmandu"})
    job = await ask(api, **VERIFY, run_after="2026-02-01T02:00", priority="low")
    assert (job["run_after"], job["priority"]) == ("2026-01-31T20:15:00Z", "low")
    assert (await read(api, job["id"]))["state"] == "queued"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "store.keep"}, "job_kind_unknown"),
        ({"kind": "nothing.such"}, "job_kind_unknown"),
        ({"kind": "rollups.verify", "payload": {"fast": True}}, "job_payload_invalid"),
        ({"kind": "quarantine.purge", "payload": {"code": 7}}, "job_payload_invalid"),
        ({"kind": "quarantine.replay", "payload": {"cod": "x"}}, "job_payload_invalid"),
        ({"kind": "rollups.verify", "run_after": "tomorrow"}, "moment_invalid"),
        ({"kind": "rollups.verify", "priority": "urgent"}, "parameter_invalid"),
        ({"kind": "rollups.verify", "idempotency_key": ""}, "parameter_invalid"),
        ({"knd": "rollups.verify"}, "parameter_invalid"),
        ({}, "parameter_invalid"),
    ],
)
@shared
async def test_what_cannot_be_asked_for_is_400(shared_api: httpx.AsyncClient, body: object, code: str) -> None:
    answer = await shared_api.post(JOBS, json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.text


@shared
async def test_the_kinds_that_can_be_asked_for_are_listed(shared_api: httpx.AsyncClient) -> None:
    kinds = (await shared_api.get(f"{JOBS}/kinds")).json()["items"]
    assert [each["kind"] for each in kinds] == [
        "quarantine.purge",
        "quarantine.replay",
        "rollups.consolidate",
        "rollups.rebuild",
        "rollups.verify",
    ]
    refusal = (await shared_api.post(JOBS, json={"kind": "x"})).json()["detail"]
    assert all(each["title"] and each["kind"] in refusal for each in kinds)


async def test_the_list_is_newest_first_paged_and_filtered(api: httpx.AsyncClient) -> None:
    ids = [(await ask(api, **(VERIFY if number % 2 else LATER)))["id"] for number in range(5)]
    assert await listed(api) == ids[::-1]
    first = (await api.get(JOBS, params={"limit": 3})).json()
    second = (await api.get(JOBS, params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert [job["id"] for job in first["items"] + second["items"]] == ids[::-1]
    assert second["next_cursor"] is None
    assert await listed(api, state="succeeded") == [ids[3], ids[1]]
    assert await listed(api, kind="rollups.rebuild") == []
    assert await listed(api, queue="data-aggregator", limit=1) == [ids[4]]
    assert await listed(api, queue="report-generator") == []
    answer = await api.get(JOBS, params={"state": "done"})
    assert answer.status_code == 400
    assert "succeeded" in answer.json()["detail"]
    assert (await api.get(JOBS, params={"cursor": "x"})).json()["code"] == "cursor_invalid"


async def test_a_job_that_waits_is_cancelled_at_once_and_can_be_tried_again(api: httpx.AsyncClient) -> None:
    job = await ask(api, **LATER)
    cancelled = (await api.post(f"{JOBS}/{job['id']}/cancel")).json()
    assert (cancelled["state"], cancelled["cancelling"]) == ("cancelled", False)
    answer = await api.post(f"{JOBS}/{job['id']}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "job_ended")
    assert (await api.post(f"{JOBS}/{job['id']}/retry")).json()["state"] == "queued"
    assert (await read(api, job["id"]))["state"] == "succeeded"
    answer = await api.post(f"{JOBS}/{job['id']}/retry")
    assert (answer.status_code, answer.json()["code"]) == (409, "job_succeeded")


async def test_a_job_that_runs_is_told_to_stop(service: Service, api: httpx.AsyncClient) -> None:
    job = await save(service, (await put(service, a_job())).claim(service.clock.now()))
    told = (await api.post(f"{JOBS}/{job.id}/cancel")).json()
    assert (told["state"], told["cancelling"]) == ("running", True)
    answer = await api.post(f"{JOBS}/{job.id}/retry")
    assert (answer.status_code, answer.json()["code"]) == (409, "job_not_ended")


async def test_a_job_tells_how_far_it_is_and_why_it_was_not_done(service: Service, api: httpx.AsyncClient) -> None:
    now = service.clock.now()
    running = (await put(service, a_job(priority=Priority.HIGH, payload='{"a":[1]}'))).claim(now)
    await save(service, running.beat(now, JobProgress(3, 9, "pages")))
    told = await read(api, running.id)
    assert told["progress"] == {"done": 3, "total": 9, "note": "pages"}
    assert (told["priority"], told["payload"], told["finished_at"]) == ("high", {"a": [1]}, None)
    await save(service, running.try_later(now, JobError("store_unavailable", "The store is away."), MINUTE))
    told = await read(api, running.id)
    assert (told["state"], told["run_after"]) == ("queued", rfc3339(now + MINUTE))
    assert told["error"] == {"code": "store_unavailable", "message": "The store is away."}


async def test_another_workspaces_job_is_not_there(service: Service, api: httpx.AsyncClient) -> None:
    theirs = await service.caller(await service.key(Scope.ADMIN, workspace="elsewhere"))
    job = await ask(theirs, **LATER)
    for method, path in (("GET", ""), ("POST", "/cancel"), ("POST", "/retry")):
        answer = await api.request(method, f"{JOBS}/{job['id']}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "job_not_found")
    assert await listed(api) == []
    assert (await read(theirs, job["id"]))["state"] == "queued"


async def test_jobs_of_the_system_are_for_administrators_to_see_and_for_nobody_to_change(
    service: Service, api: httpx.AsyncClient
) -> None:
    job = await put(service, a_job(workspace=None, run_after=service.clock.now() + DAY))
    reader = await service.caller(await service.key(Scope.READ))
    assert (await listed(api), await listed(reader)) == ([job.id], [])
    assert (await read(api, job.id))["system"] is True
    assert (await reader.get(f"{JOBS}/{job.id}")).status_code == 404
    for what in ("cancel", "retry"):
        answer = await api.post(f"{JOBS}/{job.id}/{what}")
        assert (answer.status_code, answer.json()["code"]) == (403, "job_of_the_system")


async def test_readers_see_jobs_and_ask_for_none(service: Service, api: httpx.AsyncClient) -> None:
    job = await ask(api, **LATER)
    reader = await service.caller(await service.key(Scope.READ))
    assert await listed(reader) == [job["id"]]
    assert (await reader.post(JOBS, json=VERIFY)).json()["code"] == "scope_missing"


async def test_refused_events_are_replayed_in_one_go(api: httpx.AsyncClient, clock: HandClock) -> None:
    ahead = rfc3339(clock.now() + 2 * DAY)
    later = [b'{"type":"a.b","id":"r%d","occurred_at":"%s"}' % (number, ahead.encode()) for number in range(3)]
    await api.post("/api/v1/events", content=b"[" + b",".join([NO_OFFSET, *later]) + b"]")
    clock.move(2 * DAY)
    job = await read(api, (await ask(api, kind="quarantine.replay"))["id"])
    assert (job["state"], job["progress"]) == ("succeeded", {"done": 4, "total": 4, "note": "events"})
    assert job["result"] == {"stored": 3, "duplicate": 0, "conflict": 0, "rejected": 1}
    assert (await api.get("/api/v1/events/statistics")).json()["events"] == 3
    left = (await api.get("/api/v1/quarantine", params={"state": "open"})).json()["items"]
    assert [entry["sent"] for entry in left] == [NO_OFFSET.decode()]


async def test_an_entry_nobody_can_replay_keeps_no_other_from_being_replayed(
    service: Service, api: httpx.AsyncClient
) -> None:
    await api.post("/api/v1/events", content=b'[{"type":"a.b","id":"r"}]')
    async with service.container.begin()() as work:
        gone = a_refused_event(b'{"id":"r"}', code="projection_failed", projection="of-another-version")
        await work.quarantine.set_aside(WorkspaceId(1), gone, service.clock.now())
        await work.commit()
    await api.post("/api/v1/events", content=b"[" + NO_OFFSET + b"]")
    job = await read(api, (await ask(api, kind="quarantine.replay"))["id"])
    assert (job["state"], job["result"]["rejected"]) == ("succeeded", 2)


async def test_refused_events_are_deleted_in_one_go(api: httpx.AsyncClient) -> None:
    await api.post("/api/v1/events", content=b"[" + NO_OFFSET + b',{"type":"X"},{"type":"Y"}]')
    job = await ask(api, kind="quarantine.purge", payload={"code": "type_invalid"})
    assert (await read(api, job["id"]))["result"] == {"dropped": 2}
    left = (await api.get("/api/v1/quarantine")).json()["items"]
    assert [entry["sent"] for entry in left] == [NO_OFFSET.decode()]


async def test_rollups_are_rebuilt_on_request(api: httpx.AsyncClient) -> None:
    job = await ask(api, kind="rollups.rebuild", priority="high")
    assert (await read(api, job["id"]))["state"] == "succeeded"


async def test_events_past_their_term_go_at_night(service: Service, api: httpx.AsyncClient) -> None:
    await api.patch("/api/v1/workspaces/current", json={"retention_days": 30})
    await api.post("/api/v1/events", content=b'[{"type":"a.b"},{"type":"a.b"}]')
    run = service.container.run_due_schedules()
    await run(service.container.report())
    service.clock.move(31 * DAY)
    await run(service.container.report())
    (job,) = (await api.get(JOBS, params={"kind": "retention.apply"})).json()["items"]
    assert (job["state"], job["system"], job["result"]) == ("succeeded", True, {"removed": 2})
    assert job["payload"] == {"slot": "2026-03-03T02:00:00Z"}
    assert (await api.get("/api/v1/events")).json()["items"] == []


async def test_schedules_tell_when_they_are_due_and_what_came_of_them(service: Service, api: httpx.AsyncClient) -> None:
    names = [told["name"] for told in (await api.get("/api/v1/schedules")).json()["items"]]
    assert names == sorted(names)
    told = (await api.get("/api/v1/schedules")).json()["items"][-1]
    assert told == {
        "name": "store-upkeep",
        "cron": "7 * * * *",
        "time_zone": "UTC",
        "kind": "store.keep",
        "missed": "last",
        "system": True,
        "next_at": "2026-01-31T10:07:00Z",
        "last_at": None,
        "last_state": None,
    }
    run = service.container.run_due_schedules()
    await run(service.container.report())
    service.clock.move(DAY)
    await run(service.container.report())
    told = (await api.get("/api/v1/schedules")).json()["items"][-1]
    assert (told["last_at"], told["last_state"]) == ("2026-02-01T09:07:00Z", "succeeded")
    (job,) = (await api.get(JOBS, params={"kind": "store.keep"})).json()["items"]
    assert (job["state"], job["system"], job["queue"]) == ("succeeded", True, Queue.AGGREGATION)
    assert job["state"] == JobState.SUCCEEDED
