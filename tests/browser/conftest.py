"""Real Chromium against a real server. A page that logs an error, or breaks its own policy, fails its test."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, StorageState, expect, sync_playwright

from tests.browser.history import a_session_tree, a_week
from tests.browser.shadower_server import ADMIN_KEY, ShadowerServer

FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
EXPECTED = ("status of 400", "status of 401", "status of 403", "status of 404", "status of 503", "net::ERR_")
"""The browser logs every answer that is no success; tests that provoke one look at what the page makes of it."""
PATIENCE_MS = 30_000
"""What is expected comes within this, however busy the machine is. Tests about speed say their own limit."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = __file__.rpartition("/")[0]
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server() -> Iterator[ShadowerServer]:
    """A server with a week of history. Shared: tests add to it and take nothing away."""
    with ShadowerServer() as server:
        now = datetime.now(UTC)
        assert server.send(*a_week(now), *a_session_tree(now))["rejected"] == 0
        yield server


@pytest.fixture(scope="module")
def empty_server() -> Iterator[ShadowerServer]:
    """A server nobody has sent anything to yet."""
    with ShadowerServer() as server:
        yield server


# One per module: while it is open, no other event loop can run in this thread.
@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def stranger(browser: Browser, server: ShadowerServer) -> Iterator[Page]:
    """A page of somebody who has not signed in."""
    yield from a_page(browser, server.url)


@pytest.fixture(scope="module")
def session(browser: Browser, server: ShadowerServer) -> StorageState:
    """The cookies of somebody who signed in."""
    return a_session(browser, server.url)


@pytest.fixture
def page(browser: Browser, server: ShadowerServer, session: StorageState) -> Iterator[Page]:
    """A page of an admin. Who signs out in a test signs in as a `stranger` first: others share this session."""
    yield from a_page(browser, server.url, session)


@pytest.fixture
def empty_page(browser: Browser, empty_server: ShadowerServer) -> Iterator[Page]:
    """A page of the admin of a workspace without events."""
    yield from a_page(browser, empty_server.url, a_session(browser, empty_server.url))


def a_session(browser: Browser, url: str) -> StorageState:
    context = browser.new_context(base_url=url)
    sign_in(context.new_page())
    cookies = context.storage_state()
    context.close()
    return cookies


def a_page(browser: Browser, url: str, session: StorageState | None = None) -> Iterator[Page]:
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(part in message.text for part in EXPECTED):
            complaints.append(message.text)

    context = browser.new_context(
        base_url=url,
        viewport={"width": 1280, "height": 860},
        timezone_id="Asia/Kathmandu",
        storage_state=session,
        reduced_motion="reduce",  # else the processor paints dots that breathe
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def sign_in(page: Page, key: str = ADMIN_KEY) -> None:
    page.goto("/sign-in")
    page.fill("input[name=key]", key)
    page.click("button[type=submit]")
    page.wait_for_load_state()
