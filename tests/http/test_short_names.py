"""Fields may be asked for by the short names people use: agent for agent_id."""

import httpx
import pytest


@pytest.fixture(autouse=True)
async def two_agents(api: httpx.AsyncClient) -> None:
    sent = [
        {"type": "agent.executed", "agent_id": agent, "user_id": "ada", "session_id": "s", "correlation_id": "c"}
        for agent in ("a", "a", "b")
    ]
    assert (await api.post("/api/v1/events", json=sent)).json()["stored"] == 3


@pytest.mark.parametrize(
    ("query", "found"), [("agent=a", 2), ("user=ada", 3), ("session=s&agent=b", 1), ("correlation=x", 0)]
)
async def test_a_short_name_filters(api: httpx.AsyncClient, query: str, found: int) -> None:
    assert len((await api.get(f"/api/v1/events?{query}")).json()["items"]) == found


async def test_a_short_name_groups(api: httpx.AsyncClient) -> None:
    told = (await api.get("/api/v1/metrics/timeseries?metric=events&group_by=agent&user=ada&timeframe=all")).json()
    assert [(one["group"], one["total"]) for one in told["series"]] == [({"agent_id": "a"}, 2), ({"agent_id": "b"}, 1)]
    told = (await api.get("/api/v1/metrics/breakdown?metric=events&by=agent&timeframe=all")).json()
    assert [(row["key"], row["values"]["events"]) for row in told["rows"]] == [("a", 2), ("b", 1)]


async def test_both_names_are_one_parameter(api: httpx.AsyncClient) -> None:
    assert len((await api.get("/api/v1/events?agent=a&agent_id=b")).json()["items"]) == 3
    answer = await api.get("/api/v1/metrics/breakdown?by=agent&by=agent_id")
    assert (answer.status_code, answer.json()["code"]) == (400, "repeated_parameter")


@pytest.mark.parametrize(("query", "found"), [("has=agent&agent=a", 2), ("missing=user", 0), ("has=correlation", 3)])
async def test_a_short_name_says_what_events_have_or_lack(api: httpx.AsyncClient, query: str, found: int) -> None:
    assert len((await api.get(f"/api/v1/events?{query}")).json()["items"]) == found
