"""The library: what goes in, what comes out, and that both agree with the rules of the wire."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
import pytest

import shadower
from shadower.domain.events.event import Outcome
from shadower.domain.workspaces.workspace import WorkspaceNotFound

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAYS = {"from_": date(2026, 3, 1), "to": date(2026, 3, 5)}


def a_run(at: datetime = NOON, **fields: object) -> dict[str, Any]:
    return {"type": "agent.executed", "status": "success", "occurred_at": at, **fields}


@pytest.fixture(params=["memory", "sqlite"])
async def sh(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[shadower.Shadower]:
    url = {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path}/x.db"}[request.param]
    async with shadower.open(url, time_zone="Europe/Berlin") as opened:
        yield opened


async def test_what_is_ingested_is_counted_at_once(sh: shadower.Shadower) -> None:
    receipt = await sh.ingest([a_run(id="a", agent_id="bot", cost="0.125"), a_run(id="b", agent_id="bot", cost=0.5)])
    assert (receipt.stored, receipt.results) == (2, [])
    summary = await sh.summary("executions,cost,success_rate", **DAYS)
    assert summary["executions"] == 2
    assert summary["cost"] == Decimal("0.625")
    assert [row["metric"] for row in summary] == ["executions", "cost", "success_rate"]


async def test_events_may_be_more_than_one_request_holds(sh: shadower.Shadower) -> None:
    events = [a_run(NOON + timedelta(seconds=n), id=str(n)) for n in range(5_200)]
    events[5_100] = {"type": "Not A Type", "id": "wrong"}
    receipt = await sh.ingest(iter(events))
    assert (receipt.stored, receipt.rejected) == (5_199, 1)
    (result,) = receipt.results
    assert (result.index, result.id, result.outcome, result.code) == (5_100, "wrong", Outcome.REJECTED, "type_invalid")
    assert len(await sh.events(limit=5_150)) == 5_150


async def test_a_repeat_is_recognised_and_a_contradiction_named(sh: shadower.Shadower) -> None:
    await sh.ingest([a_run(id="a")])
    receipt = await sh.ingest([a_run(id="a"), a_run(id="a", agent_id="other")])
    assert [(result.index, result.outcome) for result in receipt.results] == [
        (0, Outcome.DUPLICATE),
        (1, Outcome.CONFLICT),
    ]


async def test_a_time_without_offset_is_refused_and_never_guessed(sh: shadower.Shadower) -> None:
    receipt = await sh.ingest([a_run(NOON.replace(tzinfo=None))])
    assert receipt.results[0].code == "timestamp_without_offset"


async def test_what_a_data_frame_has_for_missing_counts_as_absent(sh: shadower.Shadower) -> None:
    assert (await sh.ingest([a_run(id="a", duration_ms=float("nan"))])).stored == 1
    assert (await sh.event("a"))["duration_ms"] is None


async def test_a_lone_surrogate_spoils_its_own_event_alone(sh: shadower.Shadower) -> None:
    receipt = await sh.ingest([a_run(), a_run(user_id="\ud800"), a_run()])
    assert (receipt.stored, receipt.results[0].index) == (2, 1)


@pytest.mark.parametrize("wrong", [{"type": "a.b"}, "text", b"bytes", 7])
async def test_ingest_takes_several_events(sh: shadower.Shadower, wrong: object) -> None:
    with pytest.raises(TypeError, match="several events"):
        await sh.ingest(wrong)  # type: ignore[arg-type]


async def test_pandas_and_polars_frames_can_be_ingested(sh: shadower.Shadower) -> None:
    rows = [a_run(id="a", tokens_in=5, duration_ms=1.5), a_run(id="b", tokens_in=7, duration_ms=None)]
    assert (await sh.ingest(pd.DataFrame(rows))).stored == 2
    assert (await sh.ingest(pl.DataFrame(rows))).duplicates == 2
    assert (await sh.summary("tokens_in", **DAYS))["tokens_in"] == 12


async def test_days_are_cut_in_the_time_zone_of_the_workspace(sh: shadower.Shadower) -> None:
    await sh.ingest([a_run(datetime(2026, 3, 1, 23, 30, tzinfo=UTC), id="a")])
    series = await sh.timeseries("executions", interval="day", **DAYS)
    assert [row["value"] for row in series] == [0, 1, 0, 0]
    berlin = ZoneInfo("Europe/Berlin")
    assert series.to_dicts()[1]["start"] == datetime(2026, 3, 2, tzinfo=berlin)
    assert (series.interval, series.time_zone, series.exact, series.degraded) == ("day", "Europe/Berlin", True, False)
    assert (series.start, series.end) == (datetime(2026, 3, 1, tzinfo=berlin), datetime(2026, 3, 5, tzinfo=berlin))
    assert series.totals == [{"metric": "executions", "total": 1}]


async def test_moments_may_be_text_dates_local_times_or_instants(sh: shadower.Shadower) -> None:
    await sh.ingest([a_run(id="a")])
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    for moment in ("2026-03-02T12:00:00Z", "2026-03-02T13:00", datetime(2026, 3, 2, 13), NOON, tokyo):  # noqa: DTZ001
        assert len(await sh.events(from_=moment, to="2026-03-03")) == 1
        assert len(await sh.events(from_="2026-03-02", to=moment)) == 0


async def test_a_top_group_and_the_rest_are_told_apart(sh: shadower.Shadower) -> None:
    agents = ["a", "a", "a", "b", None]
    await sh.ingest([a_run(id=str(n), agent_id=agent) for n, agent in enumerate(agents)])
    series = await sh.timeseries("executions", group_by="agent_id", top=1, interval="month", **DAYS)
    assert [(row["agent_id"], row["rest"], row["total"]) for row in series.totals] == [("a", False, 3), (None, True, 2)]
    breakdown = await sh.breakdown("agent_id", "executions", limit=1, **DAYS)
    assert breakdown.to_dicts() == [{"agent_id": "a", "executions": 3}]
    assert (breakdown.by, breakdown.other) == ("agent_id", {"executions": 2})


async def test_a_comparison_carries_the_previous_period(sh: shadower.Shadower) -> None:
    await sh.ingest([a_run(id="now"), a_run(NOON - timedelta(days=1), id="before")])
    period = {"from_": "2026-03-02", "to": "2026-03-03", "compare": True}
    summary = await sh.summary("executions", **period)
    assert summary.to_dicts() == [{"metric": "executions", "value": 1, "previous": 1, "change": 0}]
    assert summary.previous is not None
    assert summary.previous[1] == summary.start
    series = await sh.timeseries("executions", interval="day", **period)
    assert [(row["period"], row["value"]) for row in series] == [("current", 1), ("previous", 1)]
    await sh.ingest([a_run(id="again"), a_run(id="once more"), a_run(id="beyond", agent_id="triage")])
    breakdown = await sh.breakdown("agent_id", "executions", limit=1, order="-executions", **period)
    compared = {"executions": 3, "executions_previous": 1, "executions_change": 2}
    assert breakdown.to_dicts() == [{"agent_id": None, **compared}]
    assert breakdown.other == {"executions": 1, "executions_previous": 0, "executions_change": None}
    assert breakdown.previous == summary.previous


async def test_filters_mirror_the_parameters_of_the_api(sh: shadower.Shadower) -> None:
    await sh.ingest([a_run(id="a", user_id="u1", correlation_id="c"), a_run(id="b", user_id="u2", model="m")])
    assert (await sh.summary("executions", user_id="u1", **DAYS))["executions"] == 1
    assert [row["client_id"] for row in await sh.events(model="m")] == ["b"]
    assert [row["client_id"] for row in await sh.events(correlation_id="c")] == ["a"]
    assert [row["client_id"] for row in await sh.events(missing="model", user_id=["u1", "u2"])] == ["a"]
    assert (await sh.summary("executions", has="model,user_id", **DAYS))["executions"] == 1
    with pytest.raises(TypeError, match="did you mean user_id"):
        await sh.summary("executions", user="u1")  # type: ignore[call-arg]
    with pytest.raises(shadower.ShadowerError, match="status must be one of success, failure, cancelled"):
        await sh.events(status="done")


async def test_events_come_back_as_they_were_recorded(sh: shadower.Shadower) -> None:
    sent = a_run(id="a", duration_ms="12.5", credits="0.25", tokens_in=3, data={"deep": {"number": 1.10}})
    await sh.ingest([sent])
    event = await sh.event("a")
    assert (event["client_id"], event["occurred_at"], event["type"]) == ("a", NOON, "agent.executed")
    assert (event["duration_ms"], event["credits"], event["tokens_in"]) == (Decimal("12.5"), Decimal("0.25"), 3)
    assert event["data"] == {"deep": {"number": Decimal("1.1")}}
    with pytest.raises(shadower.ShadowerError, match="no event"):
        await sh.event("nobody")


async def test_a_session_is_what_its_events_tell(sh: shadower.Shadower) -> None:
    await sh.ingest([a_run(NOON + timedelta(minutes=n), id=str(n), session_id="s", user_id="u") for n in (2, 0, 1)])
    (row,) = await sh.sessions()
    assert (row["session_id"], row["duration_ms"], row["events"], row["users"]) == ("s", Decimal(120_000), 3, ["u"])
    session = await sh.session("s")
    assert session.row == row
    assert [event["client_id"] for event in session.timeline] == ["0", "1", "2"]


async def test_lists_come_in_either_order(sh: shadower.Shadower) -> None:
    await sh.ingest([a_run(NOON + timedelta(minutes=n), id=str(n)) for n in range(3)])
    assert [row["client_id"] for row in await sh.events(limit=2)] == ["2", "1"]
    assert [row["client_id"] for row in await sh.events(limit=2, order="oldest")] == ["0", "1"]
    with pytest.raises(ValueError, match="sideways"):
        await sh.events(order="sideways")


async def test_verify_finds_nothing_and_rebuild_keeps_the_answers(sh: shadower.Shadower) -> None:
    await sh.ingest([a_run(id=str(n)) for n in range(50)])
    steps: list[object] = []
    assert await sh.verify(steps.append) == []
    await sh.rebuild(steps.append)
    assert (await sh.summary("executions", **DAYS))["executions"] == 50
    assert await sh.verify() == []


async def test_the_workspace_tells_its_calendar(sh: shadower.Shadower) -> None:
    workspace = await sh.workspace()
    assert (workspace.slug, workspace.time_zone) == ("default", "Europe/Berlin")
    assert repr(sh) == "<Shadower workspace='default'>"


async def test_a_file_keeps_what_was_ingested(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    async with shadower.open(url) as sh:
        await sh.ingest([a_run(id="a")])
    sh = await shadower.open(url)
    assert (await sh.ingest([a_run(id="a")])).duplicates == 1
    await sh.close()
    await sh.close()


async def test_a_workspace_of_a_file_has_to_be_made_first(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceNotFound, match="nobody"):
        async with shadower.open(f"sqlite:///{tmp_path}/x.db", workspace="nobody"):
            pass
    async with shadower.open("memory://", workspace="somebody") as sh:
        assert sh.slug == "somebody"


def test_another_kind_of_store_is_a_clear_error() -> None:
    with pytest.raises(shadower.SettingsInvalid, match="sqlite:///FILE"):
        shadower.open("mysql://localhost/x")


@pytest.mark.postgres
async def test_postgresql_answers_the_same(migrated_postgres_url: str) -> None:
    async with shadower.open(migrated_postgres_url, workspace="default") as sh:
        await sh.ingest([a_run(id="a", cost="0.1")])
        assert (await sh.summary("cost", **DAYS))["cost"] == Decimal("0.1")
