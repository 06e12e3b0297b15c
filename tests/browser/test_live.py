"""How a page is told what happens: by the best way there is, through breaks and outages."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.shadower_server import ShadowerServer
from tests.browser.test_overview import figure, ready

LIVE = "**/api/v1/live?*"
LEAST_LIFE_MS = 3500


class Wire:
    """What lies between a page and the server: it can be cut, and can say that the store is away."""

    def __init__(self, page: Page) -> None:
        self.opened = 0
        self.is_cut = False
        self.is_silent = False
        self._sockets: list[WebSocketRoute] = []
        self._page = page
        page.route_web_socket(re.compile("/api/v1/live"), self._connect)

    def cut(self) -> None:
        """Break every connection, and let no new one come about."""
        self.is_cut = True
        self._page.route("**/api/v1/**", lambda route: route.abort())
        self.drop()

    def mend(self) -> None:
        self.is_cut = False
        self._page.unroute("**/api/v1/**")

    def drop(self) -> None:
        """Break the connections there are."""
        for socket in self._sockets:
            socket.close(code=3000)
        self._sockets.clear()

    def say(self, **message: Any) -> None:  # noqa: ANN401 - JSON
        """Tell the page something that the server did not."""
        for socket in self._sockets:
            socket.send(json.dumps(message))

    def _connect(self, socket: WebSocketRoute) -> None:
        self.opened += 1
        if self.is_cut:
            socket.close(code=3000)
            return
        server = socket.connect_to_server()
        server.on_message(lambda message: None if self.is_silent else socket.send(message))
        self._sockets.append(socket)


@pytest.fixture
def wire(page: Page) -> Wire:
    return Wire(page)


def way(page: Page) -> Any:  # noqa: ANN401 - an expectation
    return expect(page.locator("#freshness"))


def positions(page: Page) -> list[int]:
    """Of the events in the ticker, the newest first."""
    lines = page.locator("#ticker li[data-position]").all()
    return [int(line.get_attribute("data-position") or 0) for line in lines]


def an_event(agent: str) -> dict[str, str]:
    return {"type": "agent.executed", "agent_id": agent, "status": "success"}


def test_a_page_is_told_over_a_websocket(page: Page, server: ShadowerServer) -> None:
    ready(page)
    way(page).to_have_attribute("data-way", "websocket")
    way(page).to_have_attribute("title", re.compile("WebSocket"))
    server.send(an_event("by-websocket"))
    expect(page.locator("#ticker li").first).to_contain_text("by-websocket")


def test_where_no_websocket_can_be_had_it_is_told_by_a_stream(page: Page, server: ShadowerServer) -> None:
    page.route_web_socket(re.compile("/api/v1/live"), lambda socket: socket.close(code=3000))
    ready(page)
    way(page).to_have_attribute("data-way", "stream")
    before = int(figure(page, "executions"))
    server.send(an_event("by-stream"))
    expect(page.locator("#ticker li").first).to_contain_text("by-stream")
    expect(page.locator(".figure[data-metric=executions] .value")).to_have_attribute("data-value", str(before + 1))


def test_where_no_connection_can_be_had_it_polls(page: Page, server: ShadowerServer) -> None:
    page.route_web_socket(re.compile("/api/v1/live"), lambda socket: socket.close(code=3000))
    page.route(LIVE, lambda route: route.abort())
    ready(page)
    way(page).to_have_attribute("data-way", "poll")
    before = int(figure(page, "executions"))
    for agent in ("by-poll-1", "by-poll-2"):
        server.send(an_event(agent))
        expect(page.locator("#ticker li").first).to_contain_text(agent)
    expect(page.locator(".figure[data-metric=executions] .value")).to_have_attribute("data-value", str(before + 2))
    expect(page.get_by_role("alert")).to_have_count(0)


def test_after_a_break_it_goes_on_without_a_gap_or_a_repeat(page: Page, server: ShadowerServer, wire: Wire) -> None:
    ready(page)
    way(page).to_have_attribute("data-way", "websocket")
    server.send(an_event("before-the-break"))
    expect(page.locator("#ticker li").first).to_contain_text("before-the-break")
    seen = positions(page)[0]
    for number in range(2):
        page.wait_for_timeout(LEAST_LIFE_MS)  # after a shorter one it would make do with a stream
        wire.drop()
        server.send(*[an_event(f"break-{number}-{each}") for each in range(4)])
        expect(page.locator("#ticker li").first).to_contain_text(f"break-{number}-3")
    assert positions(page)[:9] == list(range(seen + 8, seen - 1, -1))
    assert wire.opened == 3


def test_a_server_that_comes_back_is_listened_to_again(page: Page, wire: Wire) -> None:
    ready(page)
    wire.cut()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    wire.mend()
    expect(page.get_by_role("alert")).to_have_count(0)
    way(page).to_contain_text("Live")


def test_a_server_that_is_gone_is_told_apart_from_silence(page: Page, wire: Wire) -> None:
    ready(page)
    before = figure(page, "executions")
    wire.cut()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(page.get_by_role("alert")).to_contain_text("The numbers below are from")
    way(page).to_contain_text("Stale since")
    assert figure(page, "executions") == before


def test_an_outage_never_looks_like_zero_activity(page: Page, wire: Wire) -> None:
    ready(page)
    before = figure(page, "executions")
    problem = {"title": "Service Unavailable", "status": 503, "detail": "The store is away."}
    wire.is_silent = True
    wire.say(type="problem", position=1, subscription=None, problem=problem | {"code": "store_unavailable"})
    expect(page.get_by_role("alert")).to_contain_text("The store is away.")
    expect(page.get_by_role("alert")).to_contain_text("The numbers below are from")
    way(page).to_contain_text("Stale since")
    assert figure(page, "executions") == before
    wire.is_silent = False
    page.get_by_role("button", name="Retry now").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    way(page).to_contain_text("Live")


def test_a_question_the_server_refuses_is_explained(page: Page) -> None:
    page.goto("/?from=2026-02-01&to=2026-01-01")
    expect(page.get_by_role("alert")).to_contain_text("its start must lie before its end")
    way(page).to_have_attribute("data-way", "websocket")


def test_the_ticker_follows_the_filters(page: Page, server: ShadowerServer) -> None:
    ready(page, "/?agent_id=refund-desk")
    server.send(an_event("somebody-else"), an_event("refund-desk"))
    expect(page.locator("#ticker li").first).to_contain_text("refund-desk")
    expect(page.locator("#ticker")).not_to_contain_text("somebody-else")
    page.get_by_role("button", name=re.compile("Remove the filter")).click()
    expect(page.locator("#ticker")).to_contain_text("somebody-else")


def test_a_gap_is_closed_by_asking_for_the_newest(page: Page, server: ShadowerServer, wire: Wire) -> None:
    ready(page)
    wire.is_silent = True
    server.send(an_event("in-the-gap"))
    position = server.get("/live/poll", topic="events")["position"]
    wire.say(type="gap", position=position, after=position - 1)
    expect(page.locator("#ticker li").first).to_contain_text("in-the-gap")


def test_a_hidden_page_keeps_no_connection_and_a_shown_one_goes_on(
    page: Page, server: ShadowerServer, wire: Wire
) -> None:
    ready(page)
    way(page).to_have_attribute("data-way", "websocket")
    hide(page, hidden=True)
    server.send(an_event("while-hidden"))
    page.wait_for_timeout(500)
    assert "while-hidden" not in page.locator("#ticker").inner_text()
    hide(page, hidden=False)
    expect(page.locator("#ticker li").first).to_contain_text("while-hidden")
    assert wire.opened == 2


def hide(page: Page, *, hidden: bool) -> None:
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, 'hidden', { get: () => hidden, configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));
        }""",
        hidden,
    )
