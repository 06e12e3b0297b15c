"""Browser sessions."""

import httpx
import pytest

from shadower.domain.events.moments import DAY
from shadower.domain.keys.key import Scope
from shadower.entrypoints.http.routes.sign_in import local_path
from shadower.testing import HandClock
from tests.http.conftest import ADMIN_KEY, Service, shared

OWN = {"sec-fetch-site": "same-origin"}
CURRENT = "/api/v1/workspaces/current"


async def signed_in(service: Service, key: str = ADMIN_KEY) -> httpx.AsyncClient:
    browser = await service.caller(None)
    assert (await browser.post("/sign-in", data={"key": key}, headers=OWN)).status_code == 303
    return browser


async def test_a_key_opens_a_session_in_a_cookie_no_script_can_read(service: Service) -> None:
    browser = await service.caller(None)
    answer = await browser.post("/sign-in", data={"key": f" {ADMIN_KEY} ", "next": "/events?status=failure"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/events?status=failure")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("shadower_session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=604800"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert ADMIN_KEY not in cookie
    assert (await browser.get(CURRENT)).status_code == 200
    assert (await browser.get("/")).status_code == 200


@shared
async def test_over_https_the_cookie_is_secure(shared_service: Service) -> None:
    for headers, base in (({"x-forwarded-proto": "https"}, "http"), ({}, "https")):
        browser = await shared_service.caller(None, headers=headers)
        answer = await browser.post(f"{base}://shadower.test/sign-in", data={"key": ADMIN_KEY})
        assert "Secure" in answer.headers["set-cookie"].split("; ")


@shared
async def test_a_wrong_key_leads_back_to_the_form_which_says_why(shared_service: Service) -> None:
    browser = await shared_service.caller(None)
    sender = await shared_service.key(Scope.INGEST)
    for key, why in (("shd_wrong", "not known"), ("", "not known"), (sender, "scope read")):
        answer = await browser.post("/sign-in", data={"key": key, "next": "/keys"})
        assert answer.status_code == 303
        assert "set-cookie" not in answer.headers
        form = await browser.get(answer.headers["location"])
        assert form.status_code == 200
        assert why in form.text
        assert 'value="/keys"' in form.text


async def test_what_goes_wrong_is_told_people_on_a_page_and_programs_as_a_problem(service: Service) -> None:
    browser = await service.caller(None, headers={"accept": "text/html,*/*;q=0.8"})
    answer = await browser.post("/sign-in", data={"key": ADMIN_KEY}, headers={"origin": "https://evil.example"})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert "did not come from a page of this server" in answer.text
    await service.container.store().close()
    answer = await browser.post("/sign-in", data={"key": ADMIN_KEY}, headers=OWN)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert answer.headers["retry-after"]
    answer = await browser.post("/sign-in", data={"key": ADMIN_KEY}, headers={"accept": "*/*"})
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    await service.container.store().open()


@shared
async def test_the_form_never_repeats_what_it_is_given_as_markup(shared_service: Service) -> None:
    browser = await shared_service.caller(None)
    text = (await browser.get("/sign-in", params={"next": '/"><script>', "problem": "<script>"})).text
    assert "<script>" not in text.replace("<script src", "")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\/evil",
        "javascript:alert(1)",
        "evil",
        "/\tx",
        "",
        "/\n/evil",
    ],
)
@shared
async def test_signing_in_never_leads_elsewhere(shared_service: Service, elsewhere: str) -> None:
    assert local_path(elsewhere) == "/"
    browser = await shared_service.caller(None)
    answer = await browser.post("/sign-in", data={"key": ADMIN_KEY, "next": elsewhere})
    assert answer.headers["location"] == "/"


async def test_a_session_ends_after_seven_days(service: Service, clock: HandClock) -> None:
    browser = await signed_in(service)
    service.container.known_callers()._now = lambda: clock.now() / 1e6
    clock.move(7 * DAY - 2_000_000)
    assert (await browser.get(CURRENT)).status_code == 200
    clock.move(2_000_000)
    assert (await browser.get(CURRENT)).status_code == 401


async def test_signing_out_ends_the_session_at_once_everywhere(service: Service) -> None:
    browser = await signed_in(service)
    token = browser.cookies["shadower_session"]
    answer = await browser.post("/sign-out", headers=OWN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    thief = await service.caller(None, headers={"cookie": f"shadower_session={token}"})
    assert (await thief.get(CURRENT)).status_code == 401
    assert (await browser.post("/sign-out", headers=OWN)).status_code == 303


async def test_a_session_may_do_what_its_key_may(service: Service) -> None:
    reader = await signed_in(service, await service.key(Scope.READ))
    answer = await reader.patch(CURRENT, json={"name": "x"}, headers=OWN)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://shadower.test"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://shadower.test.evil.example"},
        {"origin": "http://shadower.test:81"},
    ],
)
@shared
async def test_what_another_site_makes_a_browser_send_changes_nothing(
    shared_service: Service, headers: dict[str, str]
) -> None:
    browser = await signed_in(shared_service)
    for method, path in (
        ("PATCH", CURRENT),
        ("POST", "/api/v1/keys"),
        ("DELETE", "/api/v1/keys/1"),
        ("POST", "/api/v1/quarantine/acknowledge"),
        ("POST", "/sign-out"),
    ):
        answer = await browser.request(method, path, json={"name": "Hacked"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")
    assert (await browser.get(CURRENT)).json()["name"] == "default"


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": "http://shadower.test"},
        {"origin": "HTTPS://SHADOWER.TEST"},
    ],
)
async def test_our_own_pages_may_change_things(service: Service, headers: dict[str, str]) -> None:
    browser = await signed_in(service)
    assert (await browser.patch(CURRENT, json={"name": "Ours"}, headers=headers)).status_code == 200


@shared
async def test_reading_needs_no_origin_and_a_key_needs_none_ever(shared_service: Service) -> None:
    browser = await signed_in(shared_service)
    assert (await browser.get(CURRENT, headers={"sec-fetch-site": "cross-site"})).status_code == 200
    program = await shared_service.caller(headers={"origin": "https://evil.example"})
    assert (await program.patch(CURRENT, json={"name": "By key"})).status_code == 200


async def test_a_key_counts_before_a_cookie(service: Service) -> None:
    browser = await signed_in(service)
    reader = await service.key(Scope.READ)
    answer = await browser.patch(CURRENT, json={"name": "x"}, headers={"x-api-key": reader} | OWN)
    assert answer.json()["code"] == "scope_missing"


@shared
async def test_nobody_can_be_signed_in_from_elsewhere(shared_service: Service) -> None:
    browser = await shared_service.caller(None)
    answer = await browser.post(
        "/sign-in", data={"key": ADMIN_KEY}, headers={"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")


@shared
async def test_a_strange_cookie_is_no_session_and_no_error(shared_service: Service) -> None:
    for cookie in ("shadower_session", "shadower_session=", 'shadower_session="', "a=b; shadower_session=x;;=", "\xff"):
        stranger = await shared_service.caller(None, headers={"cookie": cookie.encode("latin-1")})
        assert (await stranger.get(CURRENT)).status_code == 401
