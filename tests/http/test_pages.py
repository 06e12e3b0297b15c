import gzip
import json
import re
from html import unescape
from typing import Any

import httpx
import pytest

from shadower.domain.keys.key import Scope
from shadower.entrypoints.http.static_files import static_files
from tests.http.conftest import Service

KNOWN = r'<script type="application/json" id="page">(.*?)</script>'
PAGES = ["/", "/events", "/sessions/s-1", "/data-health", "/settings", "/keys"]


def known(page: httpx.Response) -> dict[str, Any]:
    """What a page tells its scripts."""
    (text,) = re.findall(KNOWN, page.text, re.DOTALL)
    told: dict[str, Any] = json.loads(text)
    return told


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_asked_for_by_a_stranger_leads_to_the_sign_in_and_back(service: Service, path: str) -> None:
    stranger = await service.caller(None)
    answer = await stranger.get(f"{path}?timeframe=30d")
    assert answer.status_code == 303
    form = await stranger.get(answer.headers["location"])
    assert form.status_code == 200
    assert f'name="next" value="{path}?timeframe=30d"' in unescape(form.text)


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_needs_no_markup_that_its_policy_forbids(api: httpx.AsyncClient, path: str) -> None:
    page = await api.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    markup = re.sub(KNOWN, "", page.text, flags=re.DOTALL)
    assert re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|https?://", markup) is None
    scripts = re.findall(r"<script[^>]*>", markup)
    assert all(' src="/static/' in script for script in scripts)


async def test_a_workspace_can_be_called_anything_without_becoming_markup(api: httpx.AsyncClient) -> None:
    name = """</script><script>alert("1")</script> & 'friends'"""
    await api.patch("/api/v1/workspaces/current", json={"name": name})
    page = await api.get("/")
    assert known(page)["workspace"]["name"] == name
    assert "<script>alert" not in page.text


async def test_scripts_know_what_the_reader_may_do(service: Service) -> None:
    reader = await service.caller(await service.key(Scope.READ))
    page = await reader.get("/")
    assert known(page)["scopes"] == ["read"]
    assert 'href="/keys"' not in page.text
    assert known(await (await service.caller()).get("/"))["scopes"] == ["ingest", "read", "admin"]


async def test_who_may_not_see_a_page_is_told_so_on_a_page(service: Service) -> None:
    reader = await service.caller(await service.key(Scope.READ))
    answer = await reader.get("/keys")
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert "scope admin" in answer.text


async def test_a_link_that_leads_nowhere_ends_on_a_page_and_a_program_gets_a_problem(service: Service) -> None:
    stranger = await service.caller(None)
    page = await stranger.get("/evnts", headers={"accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert 'href="/"' in page.text
    for path, accept in (("/evnts", "*/*"), ("/api/v1/evnts", "text/html")):
        answer = await stranger.get(path, headers={"accept": accept})
        assert answer.headers["content-type"].startswith("application/problem+json")


async def test_the_page_of_a_session_knows_its_id_whatever_is_in_it(api: httpx.AsyncClient) -> None:
    page = await api.get("/sessions/team%2F7%2F%2Frun%20%231")
    assert known(page)["session_id"] == "team/7//run #1"


async def test_files_are_kept_for_good_under_an_address_that_changes_with_them(service: Service) -> None:
    stranger = await service.caller(None)
    answer = await stranger.get(static_files().url("js/views/overview.js"))
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    of_another_release = await stranger.get("/static/0123456789ab/js/views/overview.js")
    assert of_another_release.headers["cache-control"] == "no-cache"
    assert of_another_release.content == answer.content


async def test_large_files_travel_compressed_to_whoever_can_read_that(service: Service) -> None:
    stranger = await service.caller(None)
    path = static_files().url("css/panels.css")
    async with stranger.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
        sent = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    plain = await stranger.get(path, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(sent) == plain.content


@pytest.mark.parametrize(
    "path", ["../pages.py", "%2e%2e/pages.py", "js/../../pages.py", "js/nothing.js", "js", "vendor"]
)
async def test_nothing_but_the_files_of_the_pages_is_served(service: Service, path: str) -> None:
    stranger = await service.caller(None)
    answer = await stranger.get(f"/static/{static_files().version}/{path}")
    assert answer.status_code == 404
