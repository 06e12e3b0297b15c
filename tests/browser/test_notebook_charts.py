"""What a notebook shows, in a page that has no network."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, expect

import shadower


def test_charts_of_a_notebook_are_drawn_without_a_network(browser: Browser) -> None:
    now = datetime.now(UTC)
    with shadower.connect("memory://") as sh:
        sh.ingest([{"type": "agent.executed", "occurred_at": now - timedelta(hours=hours)} for hours in range(30)])
        charts = [
            sh.timeseries(metric, interval="hour", timeframe="24h").chart() for metric in ("executions", "events")
        ]
    outputs = [chart._repr_mimebundle_()["text/html"] for chart in charts]
    context = browser.new_context(offline=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content("<!doctype html>" + "".join(outputs))
    expect(page.locator(".vega-embed svg.marks")).to_have_count(2)
    assert complaints == []
    assert [url for url in asked if url.startswith("http")] == []
    context.close()
