import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.shadower_server import ShadowerServer

LATEST_RUNS = "**/api/v1/retention/runs*"


def test_a_key_is_shown_once_works_and_can_be_revoked(page: Page, server: ShadowerServer) -> None:
    page.goto("/keys")
    page.fill("#new-key input[name=name]", "checkout")
    page.get_by_role("button", name="Create key").click()
    key = page.locator("#made code").inner_text()
    sent = {"events": [{"type": "user.login", "user_id": "by-key"}]}
    headers = {"X-API-Key": key}
    assert httpx.post(f"{server.url}/api/v1/events", json=sent, headers=headers).json()["stored"] == 1
    page.reload()
    expect(page.locator("#keys tr", has_text="checkout")).to_be_visible()
    assert key not in page.content()
    revoke = page.get_by_role("button", name="Revoke checkout")
    revoke.click()
    revoke.click()
    expect(page.locator("#keys tr", has_text="checkout")).to_contain_text("revoked")
    assert httpx.post(f"{server.url}/api/v1/events", json=sent, headers=headers).status_code == 401


def test_a_new_time_zone_cuts_the_days_anew(empty_page: Page, empty_server: ShadowerServer) -> None:
    empty_server.send({"type": "agent.executed", "status": "success"})
    empty_page.goto("/settings")
    empty_page.fill("input[name=time_zone]", "Asia/Kathmandu")
    empty_page.select_option("select[name=first_weekday]", "sunday")
    empty_page.get_by_role("button", name="Save").click()
    expect(empty_page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    empty_page.goto("/")
    expect(empty_page.locator("#range-said")).to_contain_text("Asia/Kathmandu")
    assert empty_server.get("/workspaces/current")["first_weekday"] == "sunday"


def test_a_workspace_shows_the_name_it_was_given_and_keeps_its_slug(empty_page: Page) -> None:
    empty_page.goto("/settings")
    empty_page.fill("input[name=name]", "Customer service")
    empty_page.get_by_role("button", name="Save").click()
    expect(empty_page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    empty_page.goto("/")
    workspace = empty_page.get_by_title("Workspace default")
    expect(workspace).to_have_text("Customer service")


def test_a_time_zone_that_does_not_exist_is_refused_in_words(empty_page: Page) -> None:
    empty_page.goto("/settings")
    empty_page.fill("input[name=time_zone]", "Europe/Berlim")
    empty_page.get_by_role("button", name="Save").click()
    expect(empty_page.locator("#saved")).to_contain_text("Europe/Berlin")


def test_events_are_kept_for_as_long_as_somebody_says_twice(empty_page: Page, empty_server: ShadowerServer) -> None:
    empty_page.goto("/settings")
    expect(empty_page.locator("#retention-said")).to_have_text("nothing removed yet")
    days, saved = empty_page.locator("input[name=retention_days]"), empty_page.locator("#retention-saved")
    button = empty_page.locator("#retention button")
    days.fill("90")
    button.click()
    expect(button).to_contain_text("let older events go for good?")
    assert empty_server.get("/workspaces/current")["retention_days"] is None
    button.click()
    expect(saved).to_contain_text("kept for 90 days")
    assert empty_server.get("/workspaces/current")["retention_days"] == 90
    days.fill("365")
    button.click()
    expect(saved).to_contain_text("kept for 365 days")
    days.fill("")
    button.click()
    expect(saved).to_contain_text("kept for ever")
    assert empty_server.get("/workspaces/current")["retention_days"] is None


def test_a_term_being_typed_is_not_overwritten_by_the_answer_to_the_one_before(
    empty_page: Page, empty_server: ShadowerServer
) -> None:
    empty_page.goto("/settings")
    days, saved = empty_page.locator("input[name=retention_days]"), empty_page.locator("#retention-saved")
    expect(days).to_be_enabled()
    held: list[Route] = []
    empty_page.route(LATEST_RUNS, lambda route: held.append(route))  # noqa: PLW0108 - it wants a function
    empty_page.evaluate("document.getElementById('retention-said').textContent = 'to be looked up'")
    days.fill("")
    with empty_page.expect_request(LATEST_RUNS):
        empty_page.locator("#retention button").click()
    expect(saved).to_contain_text("kept for ever")
    days.fill("365")
    held[0].continue_()
    expect(empty_page.locator("#retention-said")).to_have_text("nothing removed yet")
    expect(days).to_have_value("365")
    assert empty_server.get("/workspaces/current")["retention_days"] is None


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_is_kept_and_charts_follow(page: Page, theme: str) -> None:
    page.goto("/settings")
    page.get_by_role("button", name=theme.capitalize(), exact=True).click()
    page.goto("/")
    expect(page.locator("[data-chart=executions] svg")).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    label = page.locator("[data-chart=executions] .role-axis-label text").first
    expect(label).to_have_attribute("fill", {"light": "#5f6873", "dark": "#98a2ad"}[theme])
