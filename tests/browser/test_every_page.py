import pytest
from playwright.sync_api import Page, expect

from tests.browser.history import SESSION

PAGES = [
    "/",
    "/events",
    "/events?timeframe=all&event=book-run",
    f"/sessions/{SESSION}",
    "/data-health",
    "/jobs",
    "/keys",
    "/settings",
]

WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (e) => violations.push(e.violatedDirective + " " + e.blockedURI));
"""
CONTROLS = "button, a[href], input:not([type=hidden]), select, textarea, summary"
NAMELESS = f"""() => [...document.querySelectorAll('{CONTROLS}')]
    .filter((e) => e.checkVisibility())
    .filter((e) => !(e.textContent.trim() || e.getAttribute('aria-label') || e.title || e.labels?.length))
    .map((e) => e.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("address", PAGES)
def test_no_page_breaks_its_content_security_policy(page: Page, address: str) -> None:
    page.add_init_script(WATCH)
    page.goto(address)
    page.wait_for_load_state("networkidle", timeout=5000) if address in {
        "/keys",
        "/settings",
    } else page.wait_for_timeout(1500)
    assert page.evaluate("violations") == []
    policy = page.request.get(address).headers["content-security-policy"]
    assert "unsafe" not in policy


@pytest.mark.parametrize("address", PAGES)
def test_every_page_fits_a_narrow_screen(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 380, "height": 800})
    page.goto(address)
    page.wait_for_timeout(1200)
    assert page.evaluate("document.documentElement.scrollWidth") == 380


@pytest.mark.parametrize("address", PAGES)
def test_every_control_has_a_name(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_timeout(800)
    assert page.evaluate(NAMELESS) == []


def test_nothing_is_fetched_from_elsewhere(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    expect(page.locator("[data-chart=executions] svg")).to_be_visible()
    own = page.url.rstrip("/")
    assert [url for url in asked if not url.startswith(own)] == []


@pytest.mark.parametrize(("keys", "path"), [("ge", "/events"), ("gh", "/data-health"), ("gj", "/jobs"), ("go", "/")])
def test_two_keys_go_to_a_page(page: Page, keys: str, path: str) -> None:
    page.goto("/settings")
    page.keyboard.type(keys)
    page.wait_for_url(f"**{path}")


def test_a_question_mark_shows_the_keys_and_escape_hides_them(page: Page) -> None:
    page.goto("/events")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Go to the overview")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_hidden_tab_asks_nothing(page: Page) -> None:
    page.goto("/")
    expect(page.locator("[data-chart=executions] svg")).to_be_visible()
    page.evaluate("""() => {
        Object.defineProperty(document, 'hidden', { get: () => true, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }""")
    page.wait_for_timeout(1000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    assert asked == []
