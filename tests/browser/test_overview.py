import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.shadower_server import ShadowerServer

FIGURES = ["executions", "success_rate", "failures", "p95", "active_users", "tokens_out", "credits", "cost"]


def ready(page: Page, address: str = "/") -> None:
    page.goto(address)
    expect(page.locator(".figure[data-metric=executions] .value")).not_to_have_text("0")
    expect(page.locator("[data-chart=executions] svg")).to_be_visible()


def figure(page: Page, metric: str) -> str:
    return page.locator(f".figure[data-metric={metric}] .value").get_attribute("data-value") or ""


def test_the_figures_are_what_the_api_says(page: Page, server: ShadowerServer) -> None:
    day = datetime.now(UTC).date()
    for question in (
        {},
        {"agent_id": "refund-desk"},
        {"status": "failure"},
        {"from": str(day - timedelta(days=3)), "to": str(day)},
    ):
        ready(page, "/?" + "&".join(f"{name}={value}" for name, value in question.items()))
        told = server.get("/metrics/summary", metric=FIGURES, **(question or {"timeframe": "7d"}))["metrics"]
        for name in FIGURES:
            value = told[name]["value"]
            assert figure(page, name) == ("" if value is None else str(value)), (question, name)


def test_the_chart_draws_what_the_api_says(page: Page, server: ShadowerServer) -> None:
    ready(page, "/?timeframe=30d&interval=day")
    answer = server.get("/metrics/timeseries", metric="executions", group_by="status", interval="day", timeframe="30d")
    told = {
        series["group"]["status"]: sum(int(point["value"]) for point in series["points"]) for series in answer["series"]
    }
    bars = page.locator("[data-chart=executions] [aria-roledescription='rect mark'] >> visible=true")
    assert bars.count() >= len(answer["series"][0]["points"])
    page.hover("[data-chart=executions] svg", position={"x": 300, "y": 100})
    expect(page.locator(".tooltip")).to_contain_text("Success")
    assert told["success"] > told["failure"] > 0


def test_the_tops_are_what_the_api_says(page: Page, server: ShadowerServer) -> None:
    ready(page)
    for by in ("agent_id", "model", "user_id"):
        answer = server.get(
            "/metrics/breakdown", by=by, metric=["executions", "cost"], order="-executions", limit=8, timeframe="7d"
        )
        expected = [
            [row["key"] or "not given", f"{int(row['values']['executions']):,}"]
            for row in answer["rows"]
            if int(row["values"]["executions"])
        ]
        rows = page.locator(f"[data-top={by}] tbody tr:not(.rest)")
        expect(rows).to_have_count(len(expected))
        shown = [row.locator("td").all_inner_texts()[:2] for row in rows.all()]
        assert sorted(shown) == sorted(expected)


def test_numbers_lead_to_exactly_the_events_behind_them(page: Page, server: ShadowerServer) -> None:
    """In one part of the data, that other tests leave alone."""
    agent, other = "exactly-this", {"type": "tool.called", "status": "failure", "cost": "0.5"}
    sent: list[dict[str, Any]] = [
        {"type": "agent.executed", "status": "success", "duration_ms": 5, "user_id": "u"},
        {"type": "agent.executed", "status": "failure", "tokens_out": 3},
        {"type": "agent.failed", "duration_ms": 7, "credits": 1},
        {"type": "agent.executed", "status": "cancelled"},
        {"type": "agent.executed", "user_id": "u"},
        other,
    ]
    server.send(*({**event, "agent_id": agent, "session_id": agent} for event in sent))
    told = server.get("/metrics/summary", metric=["executions", "failures"], agent_id=agent)["metrics"]
    counts = {"success_rate": 3, "p95": 2, "active_users": 2, "tokens_out": 1, "credits": 1, "cost": 1}
    counts |= {name: told[name]["value"] for name in ("executions", "failures")}
    for metric, events in counts.items():
        ready(page, f"/?agent_id={agent}")
        page.click(f".figure[data-metric={metric}]")
        expect(page).to_have_url(re.compile(r"/events\?"))
        expect(page.locator("#statistics")).to_contain_text(re.compile(f"^{events} events? "))
        expect(page.locator("#events tr[data-id]")).to_have_count(events)
    page.goto(f"/sessions/{agent}")
    page.locator("#facts .bad").click()
    expect(page.locator("#events tr[data-id]")).to_have_count(counts["failures"])


def test_a_number_of_a_view_that_leaves_nothing_for_it_leads_nowhere(page: Page) -> None:
    page.goto("/?type=user.login")
    expect(page.locator(".figure[data-metric=executions] .value")).to_have_text("0")
    assert page.locator(".figure[data-metric=executions]").get_attribute("href") is None
    assert "status" not in (page.locator(".figure[data-metric=active_users]").get_attribute("href") or "status")


def test_what_lacks_a_value_can_be_looked_at_too(page: Page, server: ShadowerServer) -> None:
    for model in ("small", None):
        server.send({"type": "agent.executed", "status": "success", "user_id": "lacking", "model": model})
    ready(page, "/?user_id=lacking")
    row = page.locator("[data-top=model] tr", has_text="not given")
    row.locator("a.link").click()
    expect(page).to_have_url(re.compile("missing=model"))
    expect(page.locator("#events tr[data-id]")).to_have_count(1)
    page.go_back()
    row.get_by_role("button", name="not given").click()
    expect(page.locator(".chip", has_text="Without")).to_contain_text("Model")
    expect(page.locator(".figure[data-metric=executions] .value")).to_have_text("1")
    page.get_by_role("button", name="Remove the filter Without Model").click()
    expect(page.locator(".figure[data-metric=executions] .value")).to_have_text("2")


def test_several_values_of_a_filter_are_alternatives(page: Page, server: ShadowerServer) -> None:
    ready(page, "/?agent_id=refund-desk")
    page.keyboard.press("/")
    page.keyboard.type("triage")
    page.get_by_role("option", name="ticket-triage").click()
    expect(page.locator(".chip")).to_have_count(2)
    told = server.get("/metrics/summary", metric="executions", agent_id=["refund-desk", "ticket-triage"])["metrics"]
    executions = page.locator(".figure[data-metric=executions] .value")
    expect(executions).to_have_attribute("data-value", str(told["executions"]["value"]))
    page.get_by_role("button", name="Remove the filter Agent refund-desk").click()
    expect(page.locator(".chip")).to_contain_text("ticket-triage")
    expect(page).not_to_have_url(re.compile("refund-desk"))


def test_a_filter_is_found_by_typing_part_of_a_value(page: Page, server: ShadowerServer) -> None:
    ready(page)
    page.keyboard.press("/")
    page.keyboard.type("triage")
    expect(page.get_by_role("option", name="ticket-triage")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("agent_id=ticket-triage"))
    told = server.get("/metrics/summary", metric="executions", agent_id="ticket-triage", timeframe="7d")
    expect(page.locator(".figure[data-metric=executions] .value")).to_have_attribute(
        "data-value", str(told["metrics"]["executions"]["value"])
    )
    page.get_by_role("button", name="Remove the filter Agent ticket-triage").click()
    expect(page).not_to_have_url(re.compile("agent_id"))
    page.go_back()
    expect(page.locator(".chip")).to_contain_text("ticket-triage")


def test_an_event_shows_within_a_second_and_the_numbers_follow(page: Page, server: ShadowerServer) -> None:
    ready(page)
    before = int(figure(page, "executions"))
    event = {
        "type": "agent.executed",
        "agent_id": "just-arrived",
        "user_id": "new-user",
        "status": "success",
        "duration_ms": 42,
    }
    server.send(event)
    expect(page.locator("#ticker li").first).to_contain_text("just-arrived", timeout=1000)
    expect(page.locator(".figure[data-metric=executions] .value")).to_have_attribute(
        "data-value", str(before + 1), timeout=5000
    )


def test_the_live_events_follow_the_filters(page: Page, server: ShadowerServer) -> None:
    mine, other = ({"type": "agent.executed", "agent_id": agent, "status": "success"} for agent in ("mine", "other"))
    server.send({**mine, "occurred_at": "2020-02-02T02:02:02Z"}, other)
    ready(page)
    expect(page.locator("#ticker li").first).to_contain_text("other")
    page.goto("/?agent_id=mine")
    expect(page.locator("#ticker li a")).to_have_count(1)
    server.send(other, mine)
    expect(page.locator("#ticker li a")).to_have_count(2)
    expect(page.locator("#ticker li", has_text="other")).to_have_count(0)
    page.get_by_role("button", name="Remove the filter Agent mine").click()
    expect(page.locator("#ticker li", has_text="other").first).to_be_visible()
    page.go_back()
    expect(page.locator("#ticker li a")).to_have_count(2)


def test_an_event_of_long_ago_shows_as_it_arrives(page: Page, server: ShadowerServer) -> None:
    ready(page)
    server.send(
        {"type": "agent.executed", "agent_id": "long-ago", "occurred_at": "2020-02-02T02:02:02Z", "status": "success"}
    )
    expect(page.locator("#ticker li").first).to_contain_text("long-ago", timeout=1500)


def test_what_is_typed_as_a_custom_range_is_time_of_the_workspace(page: Page, server: ShadowerServer) -> None:
    ready(page)
    day = datetime.now(UTC).date() - timedelta(days=2)
    page.get_by_role("button", name="Custom").click()
    page.fill("input[name=from]", f"{day}T06:00")
    page.fill("input[name=to]", f"{day}T18:00")
    page.get_by_role("button", name="Show").click()
    told = server.get(
        "/metrics/summary", **{"metric": "executions", "from": f"{day}T06:00:00Z", "to": f"{day}T18:00:00Z"}
    )
    expect(page.locator(".figure[data-metric=executions] .value")).to_have_attribute(
        "data-value", str(told["metrics"]["executions"]["value"])
    )
    expect(page.locator("#range-said")).to_contain_text("06:00")


def test_money_is_shown_without_the_surprises_of_binary_fractions(page: Page, server: ShadowerServer) -> None:
    for amount in ("0.1", "0.2", "0.000000001"):
        server.send(
            {"type": "credit.consumed", "agent_id": "money", "user_id": "money", "cost": amount, "session_id": "money"}
        )
    told = server.get("/metrics/summary", metric="cost", session_id="money")["metrics"]["cost"]["value"]
    page.goto("/?session_id=money")
    card = page.locator(".figure[data-metric=cost]")
    expect(card.locator(".value")).to_have_attribute("data-value", told)
    shown = (card.get_attribute("title") or "").removeprefix("Cost: ").replace(",", "")
    assert Decimal(shown) == Decimal(told) == Decimal("0.1") + Decimal("0.2") + Decimal("0.000000001")
