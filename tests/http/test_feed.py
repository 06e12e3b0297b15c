import asyncio
from time import monotonic
from typing import Any

import httpx

from shadower.domain.keys.key import Scope
from tests.http.conftest import Service


async def feed(api: httpx.AsyncClient, **parameters: Any) -> Any:  # noqa: ANN401 - JSON
    answer = await api.get("/api/v1/feed", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def send(api: httpx.AsyncClient, *names: str, occurred_at: str | None = None) -> None:
    events = [{"type": "user.login", "user_id": name, "occurred_at": occurred_at} for name in names]
    assert (await api.post("/api/v1/events", json=events)).json()["stored"] == len(names)


def users(answer: dict[str, Any]) -> list[str]:
    return [event["user_id"] for event in answer["items"]]


async def test_an_event_of_long_ago_is_news_when_it_comes_in(api: httpx.AsyncClient) -> None:
    await send(api, "today")
    seen = (await feed(api))["position"]
    await send(api, "long ago", occurred_at="2020-02-02T02:02:02Z")
    assert users(await feed(api, after=seen)) == ["long ago"]


async def test_whoever_goes_on_from_the_position_misses_and_repeats_nothing(api: httpx.AsyncClient) -> None:
    seen: list[str] = []
    position = 0
    for batch in (["a"], ["b", "c"], [], ["d"]):
        if batch:
            await send(api, *batch)
        answer = await feed(api, after=position)
        position = answer["position"]
        seen += reversed(users(answer))
    assert seen == ["a", "b", "c", "d"]


async def test_of_more_than_was_asked_for_the_newest_are_told(api: httpx.AsyncClient) -> None:
    await send(api, "a", "b", "c")
    assert users(await feed(api, limit=2)) == ["c", "b"]


async def test_somebody_who_waits_is_told_as_soon_as_there_is_news(api: httpx.AsyncClient) -> None:
    waiting = asyncio.create_task(feed(api, wait=10))
    await asyncio.sleep(0.1)
    began = monotonic()
    await send(api, "at last")
    assert users(await waiting) == ["at last"]
    assert monotonic() - began < 5


async def test_waiting_ends(api: httpx.AsyncClient) -> None:
    assert await feed(api, wait=0.05) == {"items": [], "position": 0}


async def test_what_comes_into_another_workspace_is_not_told(service: Service, api: httpx.AsyncClient) -> None:
    neighbour = await service.caller(await service.key(Scope.ADMIN, workspace="neighbour"))
    await send(neighbour, "theirs")
    answer = await feed(api)
    assert answer["items"] == []
    await send(api, "ours")
    assert users(await feed(api, after=answer["position"])) == ["ours"]


async def test_only_what_passes_the_filters_is_told_and_the_position_moves_on(api: httpx.AsyncClient) -> None:
    await send(api, "ada", "grace", "ada", "mary")
    answer = await feed(api, user_id=["ada", "mary"], limit=2)
    assert (users(answer), answer["position"]) == (["mary", "ada"], 4)
    await send(api, "grace")
    answer = await feed(api, after=4, user_id="ada")
    assert answer == {"items": [], "position": 5}
    await send(api, "ada")
    assert users(await feed(api, after=5, user_id="ada", missing="model")) == ["ada"]


async def test_a_position_or_a_wait_out_of_bounds_is_refused(api: httpx.AsyncClient) -> None:
    for parameters in ({"after": -1}, {"after": 2**63}, {"wait": 11}, {"wait": -1}, {"limit": 0}):
        answer = await api.get("/api/v1/feed", params=parameters)
        assert answer.status_code == 400, parameters
