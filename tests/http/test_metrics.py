"""The shapes of answers about metrics. What the numbers are is held elsewhere to an independent count."""

from typing import Any

import httpx
import pytest

from shadower.domain.metrics.catalogue import METRICS

EVENTS: list[dict[str, Any]] = [
    {"agent_id": "a", "status": "success", "cost": "0.1", "duration_ms": 100, "user_id": "u"},
    {"agent_id": "a", "status": "failure", "cost": "0.2", "duration_ms": 200, "user_id": "u"},
    {"agent_id": "b", "status": "success", "user_id": "v"},
    {"status": "cancelled"},
]
DAY = {"from": "2026-01-31", "to": "2026-02-01"}


async def send(api: httpx.AsyncClient) -> None:
    common = {"type": "agent.executed", "occurred_at": "2026-01-31T09:30:00Z"}
    assert (await api.post("/api/v1/events", json=[common | each for each in EVENTS])).json()["stored"] == len(EVENTS)


async def ask(api: httpx.AsyncClient, what: str, **asked: str | int | list[str]) -> dict[str, Any]:
    answer = await api.get(f"/api/v1/metrics/{what}", params=asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_the_catalogue_lists_every_metric(api: httpx.AsyncClient) -> None:
    items = (await api.get("/api/v1/metrics")).json()["items"]
    assert [item["name"] for item in items] == list(METRICS)
    assert set(items[0]) == {"name", "title", "description", "unit", "kind", "version"}


@pytest.mark.parametrize("path", ["/api/v1/metrics", "/api/v1/jobs/kinds", "/api/v1/schedules"])
async def test_short_lists_have_pages_like_long_ones(api: httpx.AsyncClient, path: str) -> None:
    whole = (await api.get(path)).json()
    assert whole["next_cursor"] is None
    items, cursor = [], ""
    while cursor is not None:
        page = (await api.get(path, params={"limit": 2, "cursor": cursor})).json()
        assert 1 <= len(page["items"]) <= 2
        items += page["items"]
        cursor = page["next_cursor"]
    assert items == whole["items"]
    assert (await api.get(path, params={"cursor": "x"})).json()["code"] == "cursor_invalid"


async def test_a_summary_has_a_figure_for_each_metric_asked_for(api: httpx.AsyncClient) -> None:
    await send(api)
    told = await ask(api, "summary", metric=["executions,success_rate", "cost"], **DAY)
    assert told["metrics"]["executions"] == {"value": 4, "previous": None, "change": None}
    assert told["metrics"]["cost"]["value"] == "0.300000000"
    assert told["metrics"]["success_rate"]["value"] == "0.666666666667"
    assert list(told["metrics"]) == ["executions", "success_rate", "cost"]
    assert told["previous"] is None
    assert (told["from"], told["to"]) == ("2026-01-31T00:00:00+00:00", "2026-02-01T00:00:00+00:00")
    assert (told["time_zone"], told["exact"], told["degraded"]) == ("UTC", True, False)
    assert told["fresh_to"].endswith("Z")


async def test_a_comparison_tells_the_period_before(api: httpx.AsyncClient) -> None:
    await send(api)
    for compare in ("previous", "true"):
        told = await ask(
            api, "summary", metric="executions", compare=compare, **{"from": "2026-02-01", "to": "2026-02-02"}
        )
        assert told["metrics"]["executions"] == {"value": 0, "previous": 4, "change": "-1"}
        assert told["previous"] == {"from": "2026-01-31T00:00:00+00:00", "to": "2026-02-01T00:00:00+00:00"}


async def test_a_timeseries_has_a_point_for_each_bucket_the_empty_ones_included(api: httpx.AsyncClient) -> None:
    await send(api)
    told = await ask(
        api, "timeseries", metric=["executions", "p50"], interval="day", **{"from": "2026-01-30", "to": "2026-02-01"}
    )
    executions, p50 = told["series"]
    assert (told["interval"], executions["group"], executions["other"]) == ("day", None, False)
    assert executions["points"] == [
        {"start": "2026-01-30T00:00:00+00:00", "value": 0},
        {"start": "2026-01-31T00:00:00+00:00", "value": 4},
    ]
    assert executions["total"] == 4
    assert p50["points"][0]["value"] is None
    assert float(p50["points"][1]["value"]) > 0
    assert told["previous"] is None


async def test_groups_are_told_by_dimension_null_and_other(api: httpx.AsyncClient) -> None:
    await send(api)
    told = await ask(api, "timeseries", metric="executions", group_by="agent_id", interval="day", **DAY)
    totals = {series["group"]["agent_id"]: series["total"] for series in told["series"]}
    assert totals == {"a": 2, "b": 1, None: 1}
    assert next(iter(totals)) == "a"
    top = await ask(api, "timeseries", metric="executions", group_by="agent_id", interval="day", top=1, **DAY)
    assert [(series["group"], series["other"], series["total"]) for series in top["series"]] == [
        ({"agent_id": "a"}, False, 2),
        ({"agent_id": "other"}, True, 2),
    ]


async def test_a_compared_timeseries_has_the_period_before_bucket_by_bucket(api: httpx.AsyncClient) -> None:
    await send(api)
    days = {"from": "2026-02-01", "to": "2026-02-02"}
    told = await ask(api, "timeseries", metric="executions", interval="day", compare="previous", **days)
    previous = told["previous"]
    assert previous["from"] == "2026-01-31T00:00:00+00:00"
    assert previous["series"][0]["points"] == [{"start": "2026-01-31T00:00:00+00:00", "value": 4}]


async def test_a_breakdown_ranks_rows_and_computes_the_rest(api: httpx.AsyncClient) -> None:
    await send(api)
    told = await ask(
        api, "breakdown", by="agent_id", metric=["executions", "cost"], order="-executions", limit=1, **DAY
    )
    assert told["rows"] == [
        {"key": "a", "values": {"executions": 2, "cost": "0.300000000"}, "previous": None, "change": None}
    ]
    assert told["other"]["values"] == {"executions": 2, "cost": "0.000000000"}
    assert told["by"] == "agent_id"
    by_key = await ask(api, "breakdown", by="agent_id", metric="executions", order="key", **DAY)
    assert [row["key"] for row in by_key["rows"] if row["key"]] == ["a", "b"]
    assert by_key["other"] is None


async def test_filters_apply_to_every_question(api: httpx.AsyncClient) -> None:
    await send(api)
    for field, value, runs in (("agent_id", "a", 2), ("status", "success", 2), ("user_id", "v", 1), ("type", "x.y", 0)):
        asked = {"metric": "executions", field: value} | DAY
        assert (await ask(api, "summary", **asked))["metrics"]["executions"]["value"] == runs
        assert (await ask(api, "timeseries", interval="day", **asked))["series"][0]["total"] == runs


async def test_the_group_null_and_several_groups_are_filters_too(api: httpx.AsyncClient) -> None:
    await send(api)
    by_agent = (await ask(api, "breakdown", by="agent_id", metric="executions", **DAY))["rows"]
    runs = {row["key"]: row["values"]["executions"] for row in by_agent}
    for asked, expected in (
        ({"missing": "agent_id"}, runs[None]),
        ({"agent_id": ["a", "b"]}, runs["a"] + runs["b"]),
        ({"agent_id": "a", "missing": "agent_id"}, runs["a"] + runs[None]),
        ({"has": "agent_id"}, runs["a"] + runs["b"]),
    ):
        summary = await ask(api, "summary", metric="executions", **asked, **DAY)
        assert summary["metrics"]["executions"]["value"] == expected, asked
        series = await ask(api, "timeseries", metric="executions", group_by="status", interval="day", **asked, **DAY)
        assert sum(each["total"] for each in series["series"]) == expected, asked


async def test_a_metric_to_order_by_that_there_is_none_of_is_blamed_on_the_order(api: httpx.AsyncClient) -> None:
    for order in ("-sizes", "executionz"):
        asked = {"by": "model", "metric": "executions", "order": order}
        told = (await api.get("/api/v1/metrics/breakdown", params=asked)).json()
        assert (told["code"], told["errors"][0]["field"]) == ("unknown_metric", "order")


async def test_times_have_the_workspaces_offset_also_across_a_clock_change(api: httpx.AsyncClient) -> None:
    await api.patch("/api/v1/workspaces/current", json={"time_zone": "Europe/Berlin"})
    told = await ask(api, "timeseries", metric="events", interval="day", **{"from": "2026-03-28", "to": "2026-03-31"})
    assert [point["start"] for point in told["series"][0]["points"]] == [
        "2026-03-28T00:00:00+01:00",
        "2026-03-29T00:00:00+01:00",
        "2026-03-30T00:00:00+02:00",
    ]
