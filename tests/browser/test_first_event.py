import re
import subprocess
import sys
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.shadower_server import ShadowerServer


def sent_to(server: ShadowerServer) -> list[dict[str, Any]]:
    """Return the events of a server but for those that tell of keys being made."""
    events: list[dict[str, Any]] = server.get("/events")["items"]
    return [event for event in events if event["source"] != "shadower"]


def test_the_page_waits_on_while_a_key_is_made(empty_page: Page, empty_server: ShadowerServer) -> None:
    empty_page.goto("/")
    empty_page.get_by_role("button", name="Make a key and fill it in").click()
    expect(empty_page.locator("#ticker li")).to_contain_text("key.issued")
    expect(empty_page.locator(".snippet")).to_have_text(re.compile("Bearer shd_"))
    expect(empty_page.locator("#dashboard")).to_be_hidden()
    assert sent_to(empty_server) == []


def test_the_pasted_curl_line_turns_the_page_into_a_dashboard(empty_page: Page, empty_server: ShadowerServer) -> None:
    empty_page.goto("/")
    expect(empty_page.get_by_role("status").filter(has_text="Waiting for the first event")).to_be_visible()
    expect(empty_page.locator("#dashboard")).to_be_hidden()
    empty_page.get_by_role("button", name="Make a key and fill it in").click()
    expect(empty_page.locator(".snippet")).to_have_text(re.compile("Bearer shd_"))
    pasted = empty_page.locator(".snippet").inner_text()
    subprocess.run(["bash", "-c", f"{pasted} --fail --silent --show-error"], check=True, capture_output=True)
    expect(empty_page.locator("#dashboard")).to_be_visible(timeout=2000)
    expect(empty_page.locator("#ticker li").first).to_contain_text("my-agent")
    expect(empty_page.locator(".figure[data-metric=executions] .value")).to_have_text("1")
    assert len(sent_to(empty_server)) == 1


def test_the_python_snippet_works_as_it_stands(empty_page: Page, empty_server: ShadowerServer) -> None:
    empty_server.send({"type": "user.login", "user_id": "somebody"})
    before = len(sent_to(empty_server))
    empty_page.goto("/")
    empty_page.get_by_role("button", name="Send one").click()
    empty_page.get_by_role("button", name="Make a key and fill it in").click()
    empty_page.get_by_role("tab", name="Python").click()
    expect(empty_page.locator(".snippet")).to_have_text(re.compile("shd_"))
    program = empty_page.locator(".snippet").inner_text()
    subprocess.run([sys.executable, "-c", program], check=True)
    assert len(sent_to(empty_server)) == before + 1
