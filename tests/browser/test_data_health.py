import json

from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.browser.shadower_server import ShadowerServer


def test_a_refused_event_is_mended_and_replayed(page: Page, server: ShadowerServer) -> None:
    refused = {
        "type": "agent.executed",
        "agent_id": "mended",
        "occurred_at": "2026-01-31T09:30:00",
        "cost": "0.100000000",
    }
    assert server.send(refused)["rejected"] == 1
    page.goto("/data-health?code=timestamp_without_offset")
    entry = page.locator("details.reject").first
    entry.locator("summary").click()
    editor = entry.get_by_role("textbox")
    assert json.loads(editor.input_value()) == refused
    entry.get_by_role("button", name="Replay as shown").click()
    expect(entry.get_by_role("alert")).to_contain_text("occurred_at")
    editor.fill(editor.input_value().replace("09:30:00", "09:30:00Z"))
    entry.get_by_role("button", name="Replay as shown").click()
    expect(page.locator("#toasts")).to_contain_text("Replayed")
    (event,) = server.get("/events", agent_id="mended")["items"]
    assert event["cost"] == "0.1"
    assert server.get("/quarantine", code="timestamp_without_offset", state="open")["items"] == []


def test_a_refused_event_is_dropped(page: Page, server: ShadowerServer) -> None:
    server.send({"type": "agent.executed", "latency": 12})
    page.goto("/data-health?code=unknown_field")
    entry = page.locator("details.reject").first
    expect(entry).to_contain_text("latency")
    entry.locator("summary").click()
    entry.get_by_role("button", name="Delete").click()
    expect(page.locator("#rejects")).to_contain_text("Nothing in quarantine")


def test_readers_see_that_and_where_events_were_refused_and_not_what_was_sent(
    stranger: Page, server: ShadowerServer
) -> None:
    server.send({"type": "agent.executed", "credits": -1, "data": {"token": "hunter2"}})
    sign_in(stranger, server.key("read"))
    stranger.goto("/data-health?code=out_of_range")
    row = stranger.locator("#rejects tbody tr")
    expect(row).to_contain_text("out_of_range")
    expect(row).to_contain_text("credits")
    expect(stranger.locator("#rejects")).to_contain_text("scope admin")
    expect(stranger.locator("#rejects details")).to_have_count(0)
    assert "hunter2" not in stranger.content()


def test_intake_lag_and_senders_are_what_the_api_says(page: Page, server: ShadowerServer) -> None:
    page.goto("/data-health")
    told = server.get("/health/data")
    expect(page.locator("[data-chart=ingest] svg")).to_be_visible()
    expect(page.locator("#figures .figure").nth(1)).to_contain_text(f"{told['totals']['stored']:,}")
    for projection in told["projections"]:
        expect(page.locator("#projections")).to_contain_text(projection["name"])
    for origin in told["sources"]:
        rows = page.locator("#sources tr", has_text=origin["source"])
        expect(rows.filter(has_text=origin["key_name"] or "none")).to_contain_text(f"{origin['events']:,}")


def test_who_runs_a_projection_is_told(page: Page, server: ShadowerServer) -> None:
    page.goto("/data-health")
    (owner,) = {each["owner"] for each in server.get("/health/data")["projections"]}
    expect(page.locator("#projections")).to_contain_text(f"run by {owner}")
    expect(page.locator("#projections .bad")).to_have_count(0)


def test_an_event_that_a_projection_could_not_take_is_shown_as_it_is(page: Page, server: ShadowerServer) -> None:
    server.send({"id": "taken-by-all-but-one", "type": "agent.executed", "occurred_at": "2026-01-31T09:30:00Z"})
    event = server.get("/events/taken-by-all-but-one")
    server.set_aside(event["id"], "mails")
    page.goto("/data-health?code=projection_failed")
    entry = page.locator("details.reject").first
    expect(entry.locator(".badge", has_text="mails")).to_be_visible()
    entry.locator("summary").click()
    assert event["id"] in entry.get_by_role("textbox").input_value()
    expect(entry.get_by_role("textbox")).not_to_be_editable()
    entry.get_by_role("button", name="Let it try again").click()
    expect(entry.get_by_role("alert")).to_contain_text("There is no projection 'mails'")
    entry.get_by_role("button", name="Delete").click()
    expect(page.locator("#rejects")).to_contain_text("Nothing in quarantine")


def test_duplicates_are_counted_and_not_alarming(page: Page, server: ShadowerServer) -> None:
    event = {"id": "sent-twice", "type": "user.login", "user_id": "twice", "occurred_at": "2026-01-31T09:30:00Z"}
    server.send(event)
    server.send(event)
    page.goto("/data-health")
    card = page.locator("#figures .figure", has_text="Duplicates")
    expect(card.locator(".value")).to_have_text(str(server.get("/health/data")["totals"]["duplicates"]))
    expect(card.locator(".bad")).to_have_count(0)
