import re

import httpx
from playwright.sync_api import Page, expect

from tests.browser.history import SESSION, TREE_ROOT
from tests.browser.shadower_server import ShadowerServer


def ready(page: Page, address: str = "/events") -> None:
    page.goto(address)
    expect(page.locator("#events tr[data-id]").first).to_be_visible()


def test_any_combination_of_filters_is_a_link(page: Page, server: ShadowerServer) -> None:
    ready(page, "/events?agent_id=refund-desk&status=success&model=gpt-4o")
    told = server.get("/events", agent_id="refund-desk", status="success", model="gpt-4o", limit=50)
    shown = [row.get_attribute("data-id") for row in page.locator("#events tr[data-id]").all()]
    assert shown == [event["id"] for event in told["items"]]
    expect(page.locator(".chip")).to_have_count(3)


def test_loading_more_goes_on_where_the_page_ended(page: Page, server: ShadowerServer) -> None:
    ready(page, "/events?timeframe=all&type=agent.executed&source=orchestrator")
    page.get_by_role("button", name="Load more").click()
    expect(page.locator("#events tr[data-id]")).to_have_count(100)
    shown = [row.get_attribute("data-id") for row in page.locator("#events tr[data-id]").all()]
    told = server.get("/events", type="agent.executed", source="orchestrator", limit=100)
    assert shown == [event["id"] for event in told["items"]]


def test_the_keyboard_is_enough_to_read_events(page: Page) -> None:
    ready(page, "/events?type=agent.failed")
    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    detail = page.locator("#detail")
    expect(detail).to_contain_text("agent.failed")
    second = page.locator("#events tr[data-id]").nth(1).get_attribute("data-id")
    expect(page).to_have_url(re.compile(f"event={second}"))
    page.keyboard.press("j")
    expect(detail).not_to_contain_text(second or "")
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    expect(page).not_to_have_url(re.compile("event="))


def test_an_open_event_is_a_link_and_shows_every_digit(page: Page) -> None:
    page.goto("/events?timeframe=all&event=book-run")
    detail = page.locator("#detail")
    expect(detail).to_contain_text("book-run")
    expect(detail.locator(".json")).to_contain_text('"tool": "book"')
    detail.get_by_role("link", name="Session timeline").click()
    expect(page).to_have_url(re.compile(f"/sessions/{SESSION}"))


def test_an_event_opens_whatever_its_id(page: Page, server: ShadowerServer) -> None:
    server.send({"id": "statistics", "type": "user.login", "user_id": "oddly-named"})
    page.goto("/events?timeframe=all&event=statistics&agent_id=nobody")
    expect(page.locator("#detail")).to_contain_text("oddly-named")
    page.goto("/events?timeframe=all&event=no-such-event")
    expect(page.locator("#detail")).to_contain_text("There is no event with this id")


def test_a_correlation_has_a_histogram_too(page: Page, server: ShadowerServer) -> None:
    server.send(*({"type": "user.login", "correlation_id": "together"} for _ in range(3)))
    ready(page, "/events?timeframe=24h&correlation_id=together")
    expect(page.locator("#statistics")).to_contain_text("3 events")
    expect(page.locator("[data-chart=events] svg")).to_be_visible()


def test_a_new_event_joins_at_the_top(page: Page, server: ShadowerServer) -> None:
    ready(page)
    server.send({"type": "user.login", "user_id": "late-arrival"})
    expect(page.locator("#events tr[data-id]").first).to_contain_text("late-arrival", timeout=2500)


def test_no_match_is_said_and_all_time_is_offered(page: Page) -> None:
    page.goto("/events?agent_id=nobody")
    expect(page.locator("#events")).to_contain_text("No events here")
    page.get_by_role("button", name="Search all time").click()
    expect(page).to_have_url(re.compile("timeframe=all"))


def test_a_wrong_parameter_is_explained_and_can_be_tried_again(page: Page) -> None:
    page.goto("/events?from=yesterday-ish")
    expect(page.locator("#events")).to_contain_text("must be a date")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_the_timeline_shows_a_session_as_its_events_tell_it(page: Page, server: ShadowerServer) -> None:
    told = server.get(f"/sessions/{SESSION}")
    page.goto(f"/sessions/{SESSION}")
    rows = page.locator(".timeline-row[data-id]")
    expect(rows).to_have_count(told["events"])
    expect(rows.first).to_contain_text("planner")
    assert rows.nth(1).locator(".branch").count() == 1
    root, child = (row.locator(".span").bounding_box() for row in (rows.nth(0), rows.nth(1)))
    assert root is not None
    assert child is not None
    assert root["x"] <= child["x"]
    assert child["x"] + child["width"] <= root["x"] + root["width"] + 4
    rows.nth(2).click()
    expect(page.locator("#detail")).to_contain_text("book")
    page.locator("#detail").get_by_role("link", name=TREE_ROOT).click()
    expect(page.locator("#detail")).to_contain_text("planner")


def test_an_unknown_session_is_said_to_be_unknown(page: Page) -> None:
    page.goto("/sessions/no-such-session")
    expect(page.locator("#timeline")).to_contain_text("No such session")


def test_pages_of_another_workspace_cannot_be_seen_without_its_key(server: ShadowerServer) -> None:
    answer = httpx.get(f"{server.url}/events", follow_redirects=False)
    assert answer.status_code in {302, 303}
    assert answer.headers["location"].startswith("/sign-in")
