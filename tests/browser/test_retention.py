"""What pages show of a workspace whose events are gone."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import a_page, a_session
from tests.browser.shadower_server import ShadowerServer

LONG_AGO = (datetime.now(UTC) - timedelta(days=40)).replace(hour=10, minute=20, second=0, microsecond=0)
"""Five minutes into a quarter-hour."""


@pytest.fixture(scope="module")
def emptied_server() -> Iterator[ShadowerServer]:
    """A server with three events that came in forty days ago, and have been removed."""
    with ShadowerServer() as server:
        server.send(*({"type": "agent.executed", "status": "success", "agent_id": "refund-desk"} for _ in range(3)))
        at = round(LONG_AGO.timestamp()) * 1_000_000
        with closing(sqlite3.connect(server.data_dir / "shadower.sqlite3", timeout=30)) as raw, raw:
            raw.execute("UPDATE events SET occurred_at = ? + 60000000 * position, received_at = ?", (at, at))
            raw.execute("UPDATE identities SET received_at = ?", (at,))
        for words in ("rebuild", "retention set default 30", "retention run"):
            command(server, *words.split())
        yield server


@pytest.fixture
def emptied_page(browser: Browser, emptied_server: ShadowerServer) -> Iterator[Page]:
    yield from a_page(browser, emptied_server.url, a_session(browser, emptied_server.url))


def command(server: ShadowerServer, *words: str) -> None:
    """Run a command on the server's store."""
    environment = os.environ | {"SHADOWER_DATA_DIR": str(server.data_dir)}
    subprocess.run([sys.executable, "-m", "shadower", *words], env=environment, check=True, capture_output=True)


def test_the_dashboard_goes_on_without_the_events(emptied_page: Page, emptied_server: ShadowerServer) -> None:
    assert emptied_server.get("/events", type="agent.executed")["items"] == []
    emptied_page.goto("/?timeframe=90d")
    expect(emptied_page.locator(".figure[data-metric=executions] .value")).to_have_text("3")
    expect(emptied_page.locator("#dashboard")).to_be_visible()
    expect(emptied_page.locator("#welcome")).to_be_hidden()
    expect(emptied_page.locator("#inexact")).to_be_hidden()


def test_numbers_that_may_be_low_say_so_and_why(emptied_page: Page) -> None:
    after = timedelta(seconds=90), timedelta(days=1)
    begin, end = (f"{LONG_AGO + moment:%Y-%m-%dT%H:%M:%SZ}" for moment in after)
    emptied_page.goto(f"/?from={begin}&to={end}")
    badge = emptied_page.locator("#inexact")
    expect(badge).to_be_visible()
    assert "have been removed by retention" in (badge.get_attribute("title") or "")


def test_the_settings_tell_what_is_gone_and_how_the_run_went(emptied_page: Page) -> None:
    emptied_page.goto("/settings")
    expect(emptied_page.locator("#retention-said")).to_contain_text("3 events removed, received before")
    expect(emptied_page.locator("#retention-runs")).to_contain_text("3 of 3 events removed")
    expect(emptied_page.locator("input[name=retention_days]")).to_have_value("30")


def test_a_run_that_failed_is_an_alarm(emptied_page: Page, emptied_server: ShadowerServer) -> None:
    emptied_page.goto("/data-health")
    expect(emptied_page.locator("#figures .figure").first).to_be_visible()
    expect(emptied_page.get_by_role("alert")).to_have_count(0)
    with closing(sqlite3.connect(emptied_server.data_dir / "shadower.sqlite3", timeout=30)) as raw, raw:
        raw.execute("UPDATE retention_runs SET state = 'failed', detail = 'The disk is full.'")
    alarm = emptied_page.get_by_role("alert")
    expect(alarm).to_contain_text("Retention does not do its work.")
    expect(alarm).to_contain_text("The disk is full.")
