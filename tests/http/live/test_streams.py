"""The event stream as an answer to a request."""

from typing import Any

import httpx
import pytest

from shadower.domain.keys.key import Scope
from tests.http.conftest import ADMIN_KEY
from tests.http.live.conftest import LIVE, send, stream, until_taken
from tests.http.served import Listening


async def refused(listening: Listening, path: str, **headers: str) -> tuple[int, dict[str, Any]]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listening.port}") as client:
        answer = await client.get(path, headers=headers)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"]
    return answer.status_code, answer.json()


async def test_a_stream_is_refused_with_a_problem_before_it_begins(listening: Listening) -> None:
    ingest_only = await listening.key(Scope.INGEST)
    key = {"x-api-key": ADMIN_KEY}
    for path, headers, status, code in (
        (f"{LIVE}?topic=events", {}, 401, "key_unknown"),
        (f"{LIVE}?topic=events", {"x-api-key": ingest_only}, 403, "scope_missing"),
        (LIVE, key, 400, "nothing_asked"),
        (f"{LIVE}?topic=nothing", key, 400, "unknown_topic"),
        (f"{LIVE}?topic=events&agnet_id=a", key, 400, "unknown_parameter"),
        (f"{LIVE}?topic=events&topic=health&topic=health&every=1&every=2", key, 400, "repeated_parameter"),
        (f"{LIVE}?topic=events&after=1&after=2", key, 400, "repeated_parameter"),
        (f"{LIVE}?topic=events&after=x", key, 400, "parameter_invalid"),
        (f"{LIVE}?topic=metrics&question=breakdown", key, 400, "parameter_invalid"),
        (f"{LIVE}?subscribe=x", key, 400, "parameter_invalid"),
        (f'{LIVE}?topic=events&subscribe={{"id":"events","topic":"health"}}', key, 409, "subscription_name_taken"),
        (f"{LIVE}?topic=events", {**key, "accept": "application/json"}, 406, "not_acceptable"),
        (f"{LIVE}?topic=events", {"cookie": "shadower_session=x"}, 401, "key_unknown"),
    ):
        told_status, problem = await refused(listening, path, **headers)
        assert (told_status, problem["code"]) == (status, code), path


async def test_a_stream_is_not_kept_and_not_held_back(listening: Listening) -> None:
    async with listening.api.stream("GET", f"{LIVE}?topic=events") as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-accel-buffering"] == "no"
        assert answer.headers["x-content-type-options"] == "nosniff"
        lines = answer.aiter_lines()
        assert [await anext(lines) for _ in range(3)] == ["retry: 1000", "id: 0", "event: welcome"]


async def test_a_browser_session_from_another_site_is_refused(listening: Listening) -> None:
    origin = {"origin": f"http://127.0.0.1:{listening.port}"}
    answer = await listening.api.post("/sign-in", data={"key": ADMIN_KEY}, headers=origin)
    cookie = answer.headers["set-cookie"].partition(";")[0]
    async with stream(listening, {"cookie": cookie, "sec-fetch-site": "same-origin"}, topic="events") as told:
        await send(listening, "a")
        await told.next()
    elsewhere = {"cookie": cookie, "sec-fetch-site": "cross-site"}
    status, problem = await refused(listening, f"{LIVE}?topic=events", **elsewhere)
    assert (status, problem["code"]) == (403, "cross_site_request")


@pytest.mark.parametrize("overrides", [{"live_connections_per_key": "2"}])
async def test_who_hangs_up_leaves_a_seat_behind(listening: Listening, overrides: dict[str, str]) -> None:
    for _ in range(3):
        async with stream(listening, topic="events"), stream(listening, topic="events"):
            status, problem = await refused(listening, f"{LIVE}?topic=events", **{"x-api-key": ADMIN_KEY})
            assert (status, problem["code"]) == (429, "too_many_connections")
        await until_taken(listening, 0)


async def test_it_is_measured_as_answered_when_it_begins(listening: Listening) -> None:
    async with stream(listening, topic="events"):
        measured = (await listening.api.get("/metrics")).text
    assert 'shadower_live_connections{kind="stream"} 1.0' in measured
    assert 'shadower_request_duration_seconds_count{method="GET",route="/api/v1/live",status="200"} 1.0' in measured
