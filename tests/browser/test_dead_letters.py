import asyncio
from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import Page, expect

from shadower.domain.bus.dead_letter import Failure, UnhandledEvent
from shadower.domain.events.event import Position, WorkspaceId
from shadower.entrypoints.container import Container
from shadower.entrypoints.lifecycle import opened
from shadower.entrypoints.settings_sources import settings_for
from tests.browser.shadower_server import ShadowerServer


async def leave_two(server: ShadowerServer) -> None:
    """Put a group into the server's store that could not handle two events, as a process with a handler would."""
    events = server.get("/events", limit=2)["items"]
    async with opened(Container(settings=settings_for(data_dir=str(server.data_dir)))) as container:
        now = container.clock().now()
        async with container.begin()() as work:
            await work.bus_groups.join("mail", Position(0), now)
            for event in events:
                why = Failure("ConnectionError", "ConnectionError in smtp.py, line 42")
                told = (WorkspaceId(1), Position(event["position"]), event["id"], event["type"], why)
                await work.dead_letters.keep(UnhandledEvent("mail", *told, attempts=8), now)
            await work.commit()


async def take_away(server: ShadowerServer) -> None:
    """Remove the group, so that other tests see the server as it was."""
    async with opened(Container(settings=settings_for(data_dir=str(server.data_dir)))) as container:
        await container.remove_bus_group()("mail")


def test_what_could_not_be_handled_is_seen_and_decided_about(page: Page, server: ShadowerServer) -> None:
    page.goto("/data-health")
    expect(page.locator("#projections")).to_contain_text("rollups")
    expect(page.locator("#handlers-panel")).to_be_hidden()
    # The browser has a loop of its own in this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, leave_two(server)).result()
        row = page.locator("#handlers tr", has_text="mail")
        expect(row).to_contain_text("no process serves it")
        expect(row).to_contain_text("2 dead letters")
        letters = page.locator("#letters .letter")
        expect(letters).to_have_count(2)
        expect(letters.first).to_contain_text("ConnectionError in smtp.py, line 42")
        letters.first.get_by_role("button", name="Replay").click()
        expect(letters.first).to_contain_text("to be handled again")
        expect(letters.first.get_by_role("button", name="Replay")).to_be_disabled()
        (replaying,) = server.get("/dead-letters", state="replaying")["items"]
        letters.nth(1).get_by_role("button", name="Drop").click()
        expect(letters).to_have_count(1)
        assert [letter["id"] for letter in server.get("/dead-letters")["items"]] == [replaying["id"]]
        letters.first.get_by_role("link").click()
        expect(page).to_have_url(f"{server.url}/events?timeframe=all&event={replaying['event_id']}")
        thread.submit(asyncio.run, take_away(server)).result()
