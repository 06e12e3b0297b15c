import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.browser.shadower_server import ADMIN_KEY


def test_whoever_comes_with_a_link_gets_there_after_signing_in(stranger: Page) -> None:
    stranger.goto("/events?status=failure&timeframe=30d")
    expect(stranger).to_have_url(re.compile(r"/sign-in\?next="))
    stranger.fill("input[name=key]", ADMIN_KEY)
    stranger.keyboard.press("Enter")
    expect(stranger).to_have_url(re.compile(r"/events\?status=failure&timeframe=30d$"))
    expect(stranger.get_by_role("heading", name="Events")).to_be_visible()


def test_a_wrong_key_is_refused_in_words_and_not_shown_again(stranger: Page) -> None:
    sign_in(stranger, "shd_not-a-key-of-this-server")
    expect(stranger.get_by_role("alert")).to_be_visible()
    expect(stranger.locator("input[name=key]")).to_have_value("")
    assert "shd_not-a-key" not in stranger.content()


def test_the_address_after_signing_in_never_leads_elsewhere(stranger: Page) -> None:
    stranger.goto("/sign-in?next=//elsewhere.example/")
    stranger.fill("input[name=key]", ADMIN_KEY)
    stranger.keyboard.press("Enter")
    expect(stranger.get_by_role("heading", name="Overview")).to_be_attached()
    assert "elsewhere" not in stranger.url


def test_signing_out_ends_the_session(stranger: Page) -> None:
    sign_in(stranger)
    expect(stranger.locator("#figures")).to_be_visible()
    stranger.get_by_label("Menu").click()
    stranger.get_by_role("button", name="Sign out").click()
    expect(stranger).to_have_url(re.compile("/sign-in"))
    stranger.goto("/events")
    expect(stranger).to_have_url(re.compile("/sign-in"))


def test_scripts_cannot_read_the_session(page: Page) -> None:
    page.goto("/settings")
    assert page.evaluate("document.cookie") == ""
    (cookie,) = page.context.cookies()
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
