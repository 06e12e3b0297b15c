"""What operators and their machines look at."""

import asyncio
import json
import re

import pytest

from shadower.adapters.memory.projections import MemoryProjections
from shadower.adapters.memory.task_queues import InlineTaskQueue
from shadower.application.ports.projection_cursors import ProjectionStatus
from shadower.application.ports.task_queue import QueueHealth
from shadower.domain.errors import SchemaMismatch, StoreUnavailable
from shadower.domain.events.moments import MINUTE
from shadower.domain.jobs.job import LEASE, Limits, Queue
from shadower.domain.keys.key import Scope
from shadower.entrypoints.http.start_up import Phase, StartUp
from shadower.testing import HandClock, a_job
from tests.http.conftest import ADMIN_KEY, Service

TOKEN = "a-token-for-prometheus-0123456789"


@pytest.fixture
def overrides() -> dict[str, str]:
    return {"metrics_token": TOKEN}


async def test_a_living_and_ready_process_says_so(service: Service) -> None:
    nobody = await service.caller(None)
    assert (await nobody.get("/live")).json() == {"status": "ok"}
    assert (await nobody.get("/ready")).json() == {"status": "ready", "waiting_for": None}


async def test_health_is_one_word_to_strangers_and_all_there_is_to_readers(service: Service) -> None:
    sender = await service.key(Scope.INGEST)
    for stranger in (await service.caller(None), await service.caller("wrong"), await service.caller(sender)):
        assert (await stranger.get("/health")).json() == {"status": "ok"}
    told = (await (await service.caller(await service.key(Scope.READ))).get("/health")).json()
    assert told["status"] == "ok"
    assert told["store"]["reachable"] is True
    assert told["store"]["schema_version"] == told["store"]["schema_wanted"]
    assert [projection["name"] for projection in told["projections"]] == ["rollups"]
    assert told["undecided_events"] == 0


async def test_health_without_a_store_is_down_and_the_process_still_lives(service: Service) -> None:
    caller = await service.caller()
    await service.container.store().close()
    answer = await caller.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "down")
    assert (await caller.get("/live")).status_code == 200
    await service.container.store().open()
    assert (await caller.get("/health")).json()["status"] == "ok"


async def test_health_is_degraded_when_a_projection_stands_still(
    service: Service, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = await service.caller()
    long_ago = clock.now() - 2 * MINUTE

    async def standing(*_: object) -> list[ProjectionStatus]:
        return [ProjectionStatus("rollups", 1, cursor=3, head=10, moved_at=long_ago, oldest_waiting_at=long_ago)]

    monkeypatch.setattr(MemoryProjections, "statuses", standing)
    answer = await caller.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    (projection,) = answer.json()["projections"]
    assert (projection["lag"], projection["lag_ms"]) == (7, 120_000)


async def test_health_is_degraded_when_workers_cannot_be_told(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, here = await service.caller(), await service.caller(None, peer="127.0.0.1")
    assert (await caller.get("/health")).json()["task_queue"]["reachable"] is True
    assert "shadower_task_queue_up 1.0" in (await here.get("/metrics")).text

    async def away(_: InlineTaskQueue) -> QueueHealth:
        return QueueHealth("redis", reachable=False, detail="It is away.")

    monkeypatch.setattr(InlineTaskQueue, "health", away)
    answer = await caller.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["task_queue"] == {"technology": "redis", "reachable": False, "detail": "It is away."}
    assert "shadower_task_queue_up 0.0" in (await here.get("/metrics")).text


async def test_a_clock_that_is_behind_makes_no_lag_negative(
    service: Service, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = clock.now() + MINUTE

    async def ahead_of_us(*_: object) -> list[ProjectionStatus]:
        return [ProjectionStatus("rollups", 1, cursor=3, head=10, moved_at=None, oldest_waiting_at=ahead)]

    monkeypatch.setattr(MemoryProjections, "statuses", ahead_of_us)
    measured = (await (await service.caller(None, peer="127.0.0.1")).get("/metrics")).text
    assert 'shadower_projection_lag_events{projection="rollups"} 7.0' in measured
    assert 'shadower_projection_lag_seconds{projection="rollups"} 0.0' in measured


async def test_health_is_degraded_when_jobs_wait_and_nobody_comes(service: Service, clock: HandClock) -> None:
    caller = await service.caller()
    async with service.container.begin()() as work:
        await work.jobs.add(a_job(queue=Queue.REPORTS, nudged_at=clock.now()))
        await work.commit()
    assert (await caller.get("/health")).json()["status"] == "ok"
    clock.move(16 * MINUTE)
    told = (await caller.get("/health")).json()
    assert told["status"] == "degraded"
    waiting = {"due": 1, "running": 0, "waiting_ms": 16 * 60_000, "dead": 0}
    assert told["queues"][0] == {"queue": "report-generator"} | waiting
    assert [queue["due"] for queue in told["queues"]] == [1, 0, 0]
    measured = (await (await service.caller(None, peer="127.0.0.1")).get("/metrics")).text
    assert 'shadower_jobs{queue="report-generator",state="due"} 1.0' in measured
    assert 'shadower_job_wait_seconds{queue="report-generator"} 960.0' in measured


async def test_jobs_that_died_are_told_of_whichever_process_had_them(service: Service, clock: HandClock) -> None:
    async with service.container.begin()() as work:
        job, _ = await work.jobs.add(a_job(queue=Queue.REPORTS, limits=Limits(attempts=1)))
        await work.jobs.save(job.claim(clock.now()))
        await work.commit()
    clock.move(LEASE)
    await service.container.sweep_jobs()()
    told = (await (await service.caller()).get("/health")).json()
    assert (told["status"], [queue["dead"] for queue in told["queues"]]) == ("ok", [1, 0, 0])
    measured = (await (await service.caller(None, peer="127.0.0.1")).get("/metrics")).text
    assert 'shadower_jobs{queue="report-generator",state="dead"} 1.0' in measured


async def test_jobs_are_measured_by_what_became_of_them(service: Service) -> None:
    await (await service.caller()).post("/api/v1/jobs", json={"kind": "rollups.verify"})
    measured = (await (await service.caller(None, peer="127.0.0.1")).get("/metrics")).text
    attempts = 'shadower_job_attempt_duration_seconds_count{became="succeeded",kind="rollups.verify"} 1.0'
    assert attempts in measured


async def test_measurements_are_for_this_machine_and_for_the_token(service: Service) -> None:
    here = await service.caller(None, peer="127.0.0.1")
    assert (await here.get("/metrics")).headers["content-type"].startswith("text/plain; version=")
    assert (await (await service.caller(None, peer="::1")).get("/metrics")).status_code == 200
    assert (await (await service.caller(TOKEN)).get("/metrics")).status_code == 200
    for stranger in (
        await service.caller(None),
        await service.caller(TOKEN + "x"),
        await service.caller(ADMIN_KEY),
        await service.caller(None, peer="127.0.0.1", headers={"x-forwarded-for": "203.0.113.7"}),
    ):
        answer = await stranger.get("/metrics")
        assert (answer.status_code, answer.json()["code"]) == (403, "metrics_forbidden")


async def test_measurements_name_routes_and_never_what_was_asked_for(service: Service) -> None:
    here = await service.caller(ADMIN_KEY, peer="127.0.0.1")
    for path in ("/api/v1/events/secret-id", "/secret-path", "/api/v1/events?user_id=secret-user"):
        await here.get(path)
    told = (await here.get("/metrics")).text
    assert 'route="/api/v1/events/{event_id}",status="404"' in told
    assert 'route="(none)",status="404"' in told
    assert "secret" not in told
    for name in (
        "shadower_ingest_queue_events",
        "shadower_projection_lag_events",
        "shadower_projection_lag_seconds",
        "shadower_commit_duration_seconds",
        "shadower_commit_group_events",
        "shadower_store_connections",
        "shadower_store_up 1.0",
        'shadower_cache_lookups_total{cache="callers",result="hit"}',
        'shadower_cache_lookups_total{cache="callers",result="miss"}',
        'shadower_cache_lookups_total{cache="metrics",result="hit"}',
        'shadower_cache_hits_total{by="hot"}',
        'shadower_cache_bytes{tier="hot"}',
        "shadower_cache_evictions_total",
    ):
        assert name in told


async def test_data_health_tells_rate_outcomes_refusals_sources_and_lag(service: Service, clock: HandClock) -> None:
    caller = await service.caller()
    clock.move(-5 * MINUTE)
    await caller.post("/api/v1/events", json=[{"type": "a.b", "id": "1", "source": "shop"}])
    clock.move(5 * MINUTE)
    same = {"type": "a.b", "id": "1", "source": "shop"}
    await caller.post("/api/v1/events", json=[same, same | {"user_id": "u"}])
    await caller.post("/api/v1/events", json=[{"type": "X"}, {"type": "X"}, {"type": "a.b", "status": "odd"}])
    told = (await caller.get("/api/v1/health/data")).json()
    assert told["totals"] == {"received": 6, "stored": 1, "duplicates": 1, "conflicts": 1, "rejected": 3}
    assert len(told["rate"]["points"]) == 60
    assert told["rate"]["points"][-6]["stored"] == 1
    assert told["rate"]["points"][-1]["rejected"] == 3
    refused = {each["code"]: each for each in told["rejects"]}
    assert {code: each["count"] for code, each in refused.items()}["type_invalid"] == 2
    assert refused["type_invalid"]["samples"][0]["sent"] == '{"type":"X"}'
    (source,) = told["sources"]
    assert (source["source"], source["key_name"], source["events"]) == ("shop", "bootstrap", 1)
    assert told["projections"][0]["name"] == "rollups"
    assert told["quarantine"]["entries"] == 3
    assert told["quarantine"]["alarm"] is False


async def test_what_was_refused_is_shown_to_admins_and_outlined_to_readers(service: Service) -> None:
    secret = {"type": "a.b", "duration_ms": -1, "data": {"password": "hunter2"}}
    admin = await service.caller()
    await admin.post("/api/v1/events", json=[secret, secret, {"type": "hunter2"}])
    reader = await service.caller(await service.key(Scope.READ))
    seen, outlined = [(await each.get("/api/v1/health/data")).json()["rejects"] for each in (admin, reader)]
    assert [each["code"] for each in seen] == [each["code"] for each in outlined] == ["out_of_range", "type_invalid"]
    (sample,) = outlined[0]["samples"]
    assert (sample["field"], sample["count"], sample["sent"], sample["message"]) == ("duration_ms", 2, None, None)
    assert sample["last_seen_at"] == seen[0]["samples"][0]["last_seen_at"]
    assert "hunter2" in seen[0]["samples"][0]["sent"]
    assert "hunter2" not in json.dumps(outlined)
    assert (await reader.get("/api/v1/quarantine")).status_code == 403


async def test_data_health_of_an_empty_workspace_is_all_zero(service: Service) -> None:
    told = (await (await service.caller()).get("/api/v1/health/data")).json()
    assert told["totals"]["received"] == 0
    assert (told["sources"], told["rejects"]) == ([], [])


async def test_a_request_keeps_its_id_and_gets_one_if_it_has_none(service: Service) -> None:
    caller = await service.caller()
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    for method, path in (("GET", "/live"), ("POST", "/api/v1/events"), ("GET", "/nowhere")):

        async def id_of(headers: dict[str, str], method: str = method, path: str = path) -> str:
            answer = await caller.request(method, path, headers=headers)
            return answer.headers["x-request-id"]

        assert await id_of({"x-request-id": "mine-1"}) == "mine-1"
        assert await id_of({"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}) == trace
        for useless in ({}, {"x-request-id": "a b\tc"}, {"x-request-id": "x" * 200}, {"traceparent": "00-zz-1-01"}):
            made = await id_of(useless)
            assert made not in useless.values()
            assert made != await id_of(useless)


async def test_an_answer_belongs_to_the_callers_trace(service: Service) -> None:
    caller = await service.caller()
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    for method, path in (("GET", "/live"), ("POST", "/api/v1/events"), ("GET", "/nowhere")):

        async def answered(sent: str, method: str = method, path: str = path) -> str | None:
            answer = await caller.request(method, path, headers={"traceparent": sent, "x-request-id": "mine"})
            assert answer.headers["x-request-id"] == "mine"
            told: str | None = answer.headers.get("traceparent")
            return told

        for sent, flags in (
            (f"00-{trace}-{parent}-01", "01"),
            (f"00-{trace}-{parent}-00", "00"),
            (f"cc-{trace}-{parent}-03-x", "01"),
        ):
            told = re.fullmatch(rf"00-{trace}-([0-9a-f]{{16}})-{flags}", await answered(sent) or "")
            assert told is not None
            assert told[1] != parent
        for broken in (
            "",
            "00-zz-1-01",
            f"00-{'0' * 32}-{parent}-01",
            f"00-{trace}-{'0' * 16}-01",
            f"ff-{trace}-{parent}-01",
            f"00-{trace.upper()}-{parent}-01",
        ):
            assert await answered(broken) is None, broken


async def test_every_answer_carries_the_headers_that_protect_a_browser(service: Service) -> None:
    caller = await service.caller()
    asked = ("GET", "/live"), ("POST", "/api/v1/events"), ("GET", "/nowhere"), ("GET", "/sign-in"), ("GET", "/")
    for method, path in asked:
        answer = await caller.request(method, path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"


async def test_a_request_is_logged_once_with_its_route_and_id_and_without_its_key(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    caller = await service.caller()
    capsys.readouterr()
    await caller.get("/api/v1/events/some-id", headers={"x-request-id": "r-77"})
    logged = capsys.readouterr().out
    assert logged.count("r-77") == 1
    assert "route=/api/v1/events/{event_id}" in logged
    assert ADMIN_KEY not in logged


@pytest.mark.parametrize(("overrides", "lines"), [({"log_level": "debug"}, 1), ({"log_level": "info"}, 0)])
async def test_ingest_is_logged_only_when_debugging(
    service: Service, capsys: pytest.CaptureFixture[str], lines: int
) -> None:
    caller = await service.caller()
    capsys.readouterr()
    await caller.post("/api/v1/events", json=[], headers={"x-request-id": "r-78"})
    assert capsys.readouterr().out.count("r-78") == lines


async def test_a_store_that_is_away_at_the_start_is_waited_for(service: Service) -> None:
    container = service.container
    store, failures = container.store(), 2
    opening = store.open

    async def reluctant() -> None:
        nonlocal failures
        failures -= 1
        if failures >= 0:
            await store.close()
        await opening()
        if failures >= 0:
            raise StoreUnavailable("Not yet.")

    store.open = reluctant
    start_up = StartUp(container)
    async with start_up(service.app):
        assert start_up.phase is Phase.READY
    assert start_up.phase is Phase.STOPPING


async def test_a_schema_this_version_cannot_work_with_ends_the_start(service: Service) -> None:
    async def mismatched() -> None:
        raise SchemaMismatch("Run `shadower migrate`.")

    service.container.store().open = mismatched
    service.container.store().migrate = mismatched
    with pytest.raises(SchemaMismatch):
        async with StartUp(service.container)(service.app):
            pytest.fail("it must not start")


async def test_while_it_starts_the_server_says_so_and_takes_nothing(service: Service) -> None:
    nobody = await service.caller(None)
    start_up = service.app.dependencies["start_up"].dependency()
    start_up.phase, start_up.waiting_for = Phase.STARTING, "store_unavailable"
    answer = await nobody.get("/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "starting", "waiting_for": "store_unavailable"})
    assert (await nobody.get("/live")).status_code == 200


async def test_the_openapi_description_is_for_whoever_has_a_key(service: Service) -> None:
    for scope in Scope:
        caller = await service.caller(await service.key(scope))
        assert (await caller.get("/api/docs/openapi.json")).json()["openapi"].startswith("3.1")
        assert (await caller.get("/api/docs")).headers["content-type"].startswith("text/html")
    stranger = await service.caller(None)
    assert (await stranger.get("/api/docs/openapi.json")).status_code == 401
    to_sign_in = await stranger.get("/api/docs", headers={"accept": "text/html"})
    assert (to_sign_in.status_code, to_sign_in.headers["location"]) == (303, "/sign-in?next=%2Fapi%2Fdocs")


async def test_no_answer_waits_for_a_slow_neighbour(service: Service) -> None:
    caller = await service.caller()
    body = json.dumps([{"type": "a.b", "data": {"x": "y" * 1000}}] * 5_000)
    slow = asyncio.create_task(caller.post("/api/v1/events", content=body))
    answers = await asyncio.gather(*[caller.get("/live") for _ in range(20)])
    assert {answer.status_code for answer in answers} == {200}
    assert (await slow).json()["stored"] == 5_000
