"""Jobs: watched while they run, cancelled, tried again, started."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.browser.shadower_server import ShadowerServer

LATER = "2100-01-01T00:00:00Z"


def ask(server: ShadowerServer, **body: Any) -> int:  # noqa: ANN401 - JSON
    return int(server.post("/jobs", body)["id"])


def row(page: Page, job: int) -> Any:  # noqa: ANN401 - a locator
    return page.locator(f"#jobs tr[data-id='{job}']")


def test_a_page_without_jobs_says_so_and_lists_the_schedules(empty_page: Page, empty_server: ShadowerServer) -> None:
    # An administrator sees those of the system too, one of which may just have been due.
    empty_page.context.clear_cookies()
    sign_in(empty_page, empty_server.key("read"))
    empty_page.goto("/jobs")
    expect(empty_page.locator("#jobs")).to_contain_text("No jobs yet")
    expect(empty_page.locator("#schedules")).to_contain_text("store-upkeep")


def test_a_job_that_is_started_is_done_before_the_readers_eyes(page: Page, server: ShadowerServer) -> None:
    page.goto("/jobs")
    page.get_by_text("Start a job").click()
    page.get_by_role("button", name="Verify the rollups").click()
    expect(page.locator("#toasts")).to_contain_text("Verify the rollups: job ")
    expect(page.locator("#detail")).to_contain_text("rollups.verify")
    expect(page.locator("#detail")).to_contain_text("succeeded")
    expect(page.locator("#detail .json")).to_contain_text('"differences": 0')
    (job,) = server.get("/jobs", kind="rollups.verify", limit=1)["items"]
    assert re.search(rf"job={job['id']}$", page.url)
    page.locator("#detail").get_by_role("link", name="Same kind").click()
    expect(page.locator("#filter .chip")).to_contain_text("rollups.verify")
    expect(row(page, job["id"])).to_be_visible()


def test_progress_moves_by_itself(page: Page, server: ShadowerServer) -> None:
    for batch in range(16):
        server.send(*({"type": "Wrong", "id": f"w{batch}-{number}"} for number in range(500)))
    page.goto("/jobs")
    job = ask(server, kind="quarantine.replay", payload={"code": "type_invalid"})
    bar = row(page, job).get_by_role("progressbar")
    expect(bar).to_be_visible()
    seen = set()
    until = time.monotonic() + 20
    while len(seen) < 2 and time.monotonic() < until:
        seen.add(bar.get_attribute("aria-valuenow"))
        page.wait_for_timeout(100)
    assert len(seen) >= 2
    page.get_by_role("button", name=f"Cancel: job {job}").click()
    expect(row(page, job)).to_contain_text("cancelled")
    page.get_by_role("button", name=f"Try again: job {job}").click()
    expect(row(page, job)).to_contain_text(re.compile("queued|running|succeeded"))
    expect(row(page, job)).to_contain_text("8,000 of 8,000 events", timeout=120_000)
    assert server.get(f"/jobs/{job}")["result"] == {"stored": 0, "duplicate": 0, "conflict": 0, "rejected": 8000}


def test_a_job_that_waits_is_cancelled_and_found_by_its_state(page: Page, server: ShadowerServer) -> None:
    job = ask(server, kind="rollups.verify", run_after=LATER)
    page.goto("/jobs?state=queued")
    expect(row(page, job)).to_contain_text("in ")
    page.get_by_role("button", name=f"Cancel: job {job}").click()
    expect(row(page, job)).to_have_count(0)
    page.get_by_role("group", name="State").get_by_role("button", name="Cancelled").click()
    expect(row(page, job)).to_contain_text("cancelled")
    page.go_back()
    expect(page.get_by_role("button", name="Queued")).to_have_attribute("aria-pressed", "true")


def test_what_cannot_be_undone_takes_two_clicks(page: Page, server: ShadowerServer) -> None:
    server.send({"type": "agent.executed", "latency": 12})
    page.goto("/jobs")
    page.get_by_text("Start a job").click()
    delete = page.get_by_role("button", name="Delete refused events")
    delete.click()
    sure = page.get_by_role("button", name="All of them, for good?")
    expect(sure).to_be_visible()
    page.keyboard.press("Escape")
    assert server.get("/jobs", kind="quarantine.purge")["items"] == []
    page.get_by_text("Start a job").click()
    delete.click()
    sure.click()
    expect(page.locator("#detail")).to_contain_text("succeeded", timeout=120_000)
    assert server.get("/quarantine", state="open")["items"] == []


def test_the_keyboard_goes_through_the_list(page: Page, server: ShadowerServer) -> None:
    first, second = (ask(server, kind="rollups.verify", run_after=LATER) for _ in range(2))
    page.goto("/jobs?state=queued")
    expect(row(page, second)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#detail")).to_contain_text(f"Number{second}")
    page.keyboard.press("j")
    expect(page.locator("#detail")).to_contain_text(f"Number{first}")
    page.wait_for_timeout(1500)  # a look later, the cursor and the focus are where they were
    expect(row(page, first)).to_have_class("cursor")
    assert page.evaluate("document.activeElement.closest('tr')?.dataset.id") == str(first)
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()


def test_a_job_that_is_not_there_is_told_in_words(page: Page) -> None:
    page.goto("/jobs?job=999999")
    expect(page.locator("#detail")).to_contain_text("There is no such job.")


def test_who_may_only_read_is_offered_nothing(stranger: Page, server: ShadowerServer) -> None:
    key = server.key("read")
    job = ask(server, kind="rollups.verify", run_after=LATER)
    stranger.goto("/sign-in?next=/jobs")
    stranger.fill("input[name=key]", key)
    stranger.click("button[type=submit]")
    expect(row(stranger, job)).to_be_visible()
    expect(row(stranger, job).get_by_role("button")).to_have_count(0)
    expect(stranger.get_by_text("Start a job")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_outage_leaves_the_last_jobs_and_says_so(page: Page, server: ShadowerServer, theme: str) -> None:
    job = ask(server, kind="rollups.verify", run_after=LATER)
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.goto("/jobs")
    expect(row(page, job)).to_be_visible()
    page.route("**/api/v1/jobs*", lambda route: route.abort())
    expect(page.get_by_role("alert")).to_contain_text("Shadower cannot be reached")
    expect(row(page, job)).to_be_visible()
    page.unroute("**/api/v1/jobs*")
    page.get_by_role("button", name="Retry now").click()
    expect(page.get_by_role("alert")).to_have_count(0)
