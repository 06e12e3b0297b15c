"""What a sender hears when something is wrong here: 503 and when to come back, nothing it would drop events over."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import httpx
import pytest

from shadower.application.ports.event_log import Batch
from shadower.application.ports.work import Work
from shadower.domain.events.event import Outcome
from shadower.domain.keys.key import Scope
from tests.http.conftest import ADMIN_KEY, Service

INGEST = "/api/v1/events"
BODY = {"events": [{"type": "a.b", "id": "one"}]}


def assert_come_back(answer: httpx.Response) -> None:
    assert answer.status_code == 503
    assert 1 <= int(answer.headers["retry-after"]) <= 5
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_store_that_is_away_is_503_and_needs_no_restart(service: Service, api: httpx.AsyncClient) -> None:
    await api.post(INGEST, json=BODY)
    await service.container.store().close()
    answer = await api.post(INGEST, json=BODY)
    assert_come_back(answer)
    assert answer.json()["code"] == "store_unavailable"
    await service.container.store().open()
    assert (await api.post(INGEST, json=BODY)).json()["duplicates"] == 1


async def test_a_store_that_is_away_while_the_key_is_looked_up_is_503(service: Service) -> None:
    await service.container.store().close()
    client = await service.caller()
    assert_come_back(await client.post(INGEST, json=BODY))
    assert_come_back(await client.get("/api/v1/metrics"))
    await service.container.store().open()
    assert (await client.post(INGEST, json=BODY)).json()["stored"] == 1


async def test_a_fault_nobody_thought_of_is_503_and_logged(
    service: Service, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(batches: Sequence[Batch]) -> None:
        raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr(service.container.log(), "append", broken)
    answer = await api.post(INGEST, json=BODY)
    assert_come_back(answer)
    assert "bug of ours" not in answer.text
    logged = capsys.readouterr()
    assert "ZeroDivisionError" in logged.out + logged.err


async def test_a_full_queue_is_503_and_takes_nothing(
    service: Service, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, held = asyncio.Event(), asyncio.Event()
    log = service.container.log()
    append = log.append

    async def slowly(batches: Sequence[Batch]) -> Sequence[Sequence[Outcome]]:
        begun.set()
        await held.wait()
        outcomes: Sequence[Sequence[Outcome]] = await append(batches)
        return outcomes

    monkeypatch.setattr(log, "append", slowly)
    monkeypatch.setattr(service.container.group_commit(), "_most_waiting", 3)
    full = asyncio.create_task(api.post(INGEST, json=[{"type": "a.b"}] * 3))
    await begun.wait()
    answer = await api.post(INGEST, json=BODY)
    assert_come_back(answer)
    assert answer.json()["code"] == "overloaded"
    held.set()
    assert (await full).json()["stored"] == 3
    assert (await api.get("/api/v1/events/statistics")).json()["events"] == 3


async def test_a_failure_inside_a_group_does_not_fail_innocent_neighbours(
    service: Service, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = service.container.log()
    append = log.append

    async def choosy(batches: Sequence[Batch]) -> Sequence[Sequence[Outcome]]:
        if any(event.user_id == "poison" for batch in batches for event in batch.events):
            raise ZeroDivisionError
        outcomes: Sequence[Sequence[Outcome]] = await append(batches)
        return outcomes

    monkeypatch.setattr(log, "append", choosy)
    bodies = [[{"type": "a.b", "user_id": "poison" if number == 5 else f"u{number}"}] for number in range(10)]
    answers = await asyncio.gather(*[api.post(INGEST, json=body) for body in bodies])
    assert [answer.status_code for answer in answers] == [503 if number == 5 else 200 for number in range(10)]


async def test_nobody_is_told_yes_before_the_commit(
    service: Service, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = asyncio.Event()
    log = service.container.log()
    append = log.append

    async def slowly(batches: Sequence[Batch]) -> Sequence[Sequence[Outcome]]:
        await committed.wait()
        outcomes: Sequence[Sequence[Outcome]] = await append(batches)
        return outcomes

    monkeypatch.setattr(log, "append", slowly)
    answer = asyncio.create_task(api.post(INGEST, json=BODY))
    await asyncio.sleep(0.1)
    assert not answer.done()
    committed.set()
    assert (await answer).json()["stored"] == 1


async def test_requests_that_come_together_share_a_commit(
    service: Service, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []
    log = service.container.log()
    append = log.append

    async def counting(batches: Sequence[Batch]) -> Sequence[Sequence[Outcome]]:
        groups.append(len(batches))
        outcomes: Sequence[Sequence[Outcome]] = await append(batches)
        return outcomes

    monkeypatch.setattr(log, "append", counting)
    await asyncio.gather(*[api.post(INGEST, json=[{"type": "a.b"}]) for _ in range(100)])
    assert sum(groups) == 100
    assert len(groups) < 50


async def test_who_may_not_send_hears_401_or_403_and_nothing_is_stored(service: Service) -> None:
    reader = await service.caller(await service.key(Scope.READ))
    answer = await reader.post(INGEST, json=BODY)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    for key in (None, "shd_unknown", "", "é", "x" * 10_000):
        stranger = await service.caller(None)
        headers = {} if key is None else {"x-api-key": key.encode()}
        answer = await stranger.post(INGEST, json=BODY, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "key_unknown")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert (await reader.get(INGEST)).json()["items"] == []


async def test_a_key_goes_as_bearer_or_as_x_api_key_and_never_as_cookie(service: Service) -> None:
    nobody = await service.caller(None)
    bearer, other_case = f"Bearer {ADMIN_KEY}", f"bEARER  {ADMIN_KEY}"
    for headers in ({"authorization": bearer}, {"authorization": other_case}, {"x-api-key": ADMIN_KEY}):
        assert (await nobody.post(INGEST, json=BODY, headers=headers)).status_code == 200
    signed_in = await service.caller(None)
    assert (await signed_in.post("/sign-in", data={"key": ADMIN_KEY})).status_code == 303
    assert (await signed_in.get(INGEST)).status_code == 200
    assert (await signed_in.post(INGEST, json=BODY)).status_code == 401


async def test_a_key_is_not_looked_up_for_every_request(service: Service) -> None:
    client = await service.caller()
    asked = 0
    begin = service.container.begin()

    def counting(*, reading: bool) -> AbstractAsyncContextManager[Work]:
        nonlocal asked
        asked += 1
        work: AbstractAsyncContextManager[Work] = begin(reading=reading)
        return work

    service.container.authenticate()._begin = counting
    await asyncio.gather(*[client.post(INGEST, json=[]) for _ in range(200)])
    assert asked <= 3


async def test_ingest_counts_what_it_decides(service: Service, api: httpx.AsyncClient) -> None:
    await api.post(INGEST, json=[{"type": "a.b", "id": "1"}, {"type": "a.b", "id": "1"}, {"type": "x"}])
    local = await service.caller(None, peer="127.0.0.1")
    told = (await local.get("/metrics")).text
    assert 'shadower_ingest_events_total{outcome="stored"} 1.0' in told
    assert 'shadower_ingest_events_total{outcome="duplicate"} 1.0' in told
    assert 'shadower_ingest_events_total{outcome="rejected"} 1.0' in told
    assert 'shadower_request_duration_seconds_count{method="POST",route="/api/v1/events",status="200"} 1.0' in told
    assert "shadower_commit_group_events_count 1.0" in told
