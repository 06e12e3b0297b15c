"""The workspace, and its keys."""

import re

import httpx
import pytest

from shadower.domain.events.moments import MINUTE
from shadower.domain.keys.key import Scope
from shadower.testing import HandClock
from tests.http.conftest import ADMIN_KEY, Service, shared

CURRENT = "/api/v1/workspaces/current"
KEYS = "/api/v1/keys"


async def test_the_workspace_is_told_and_changed(api: httpx.AsyncClient) -> None:
    before = (await api.get(CURRENT)).json()
    created_at = before.pop("created_at")
    assert created_at.endswith("Z")
    whole = {
        "slug": "default",
        "name": "default",
        "time_zone": "UTC",
        "first_weekday": "monday",
        "retention_days": None,
    }
    assert before == whole
    wanted = {
        "name": "Customer service",
        "time_zone": "Asia/Kathmandu",
        "first_weekday": "sunday",
        "retention_days": 90,
    }
    after = (await api.patch(CURRENT, json=wanted)).json()
    assert after == {"slug": "default", "created_at": created_at} | wanted
    assert (await api.get(CURRENT)).json() == after


async def test_what_is_left_out_stays(api: httpx.AsyncClient) -> None:
    await api.patch(CURRENT, json={"time_zone": "Europe/Berlin"})
    await api.patch(CURRENT, json={"first_weekday": "saturday"})
    told = (await api.patch(CURRENT, json={})).json()
    assert (told["name"], told["time_zone"], told["first_weekday"]) == ("default", "Europe/Berlin", "saturday")


async def test_the_name_changes_and_the_slug_never_does(api: httpx.AsyncClient) -> None:
    told = (await api.patch(CURRENT, json={"name": "Customer service"})).json()
    assert (told["slug"], told["name"]) == ("default", "Customer service")


async def test_changing_the_time_zone_changes_the_answers_at_once(api: httpx.AsyncClient) -> None:
    await api.post("/api/v1/events", json=[{"type": "a.b", "occurred_at": "2026-01-30T23:30:00Z"}])
    asked = {"metric": "events", "interval": "day", "from": "2026-01-30", "to": "2026-02-01"}

    async def days() -> list[int]:
        told = (await api.get("/api/v1/metrics/timeseries", params=asked)).json()
        return [point["value"] for point in told["series"][0]["points"]]

    assert await days() == [1, 0]
    await api.patch(CURRENT, json={"time_zone": "Europe/Berlin"})
    assert await days() == [0, 1]


async def test_changing_the_first_weekday_changes_weeks_at_once(api: httpx.AsyncClient) -> None:
    asked = {"metric": "events", "interval": "week", "from": "2026-01-01", "to": "2026-01-31"}

    async def second_week() -> str:
        told = (await api.get("/api/v1/metrics/timeseries", params=asked)).json()
        return str(told["series"][0]["points"][1]["start"])

    assert await second_week() == "2026-01-05T00:00:00+00:00"
    await api.patch(CURRENT, json={"first_weekday": "sunday"})
    assert await second_week() == "2026-01-04T00:00:00+00:00"


async def test_a_key_is_shown_once(api: httpx.AsyncClient, service: Service) -> None:
    answer = await api.post(KEYS, json={"name": "checkout", "scopes": ["read", "ingest"]})
    made = answer.json()
    assert answer.status_code == 201
    assert re.fullmatch(r"shd_[A-Za-z0-9_-]{43}", made["key"])
    assert made["key"].startswith(made["prefix"])
    assert made["scopes"] == ["ingest", "read"]
    listed = (await api.get(KEYS)).text
    assert made["key"] not in listed
    assert made["prefix"] in listed
    assert (await (await service.caller(made["key"])).get(CURRENT)).status_code == 200


async def test_keys_are_listed_in_pages_in_the_order_they_were_made(api: httpx.AsyncClient) -> None:
    for number in range(4):
        await api.post(KEYS, json={"name": f"k{number}", "scopes": ["read"]})
    names, cursor = [], None
    while True:
        page = (await api.get(KEYS, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        names += [key["name"] for key in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert names == ["bootstrap", "k0", "k1", "k2", "k3"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "x", "scopes": []}, "scopes_invalid"),
        ({"name": "x", "scopes": ["write"]}, "parameter_invalid"),
        ({"name": "", "scopes": ["read"]}, "key_name_invalid"),
        ({"name": "x" * 201, "scopes": ["read"]}, "key_name_invalid"),
        ({"name": "a\0b", "scopes": ["read"]}, "key_name_invalid"),
        ({"scopes": ["read"]}, "parameter_invalid"),
        ({"name": "x", "scopes": ["read"], "key": "my own"}, "parameter_invalid"),
    ],
)
@shared
async def test_a_key_needs_a_name_and_scopes(shared_api: httpx.AsyncClient, body: object, code: str) -> None:
    answer = await shared_api.post(KEYS, json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_a_revoked_key_stays_listed_and_revoking_again_changes_nothing(
    api: httpx.AsyncClient, clock: HandClock
) -> None:
    made = (await api.post(KEYS, json={"name": "x", "scopes": ["read"]})).json()
    first = (await api.delete(f"{KEYS}/{made['id']}")).json()
    clock.move(MINUTE)
    again = (await api.delete(f"{KEYS}/{made['id']}")).json()
    assert first["revoked_at"] is not None
    assert again == first
    assert (await api.get(KEYS)).json()["items"][-1] == first


async def test_the_last_use_of_a_key_is_told_to_within_a_minute(service: Service, clock: HandClock) -> None:
    used = await service.caller(await service.key(Scope.READ))
    admin = await service.caller()
    note = service.container.record_key_use()

    async def last_use() -> str | None:
        await note.flush()
        return (await admin.get(KEYS)).json()["items"][-1]["last_used_at"]

    assert await last_use() is None
    await used.get(CURRENT)
    first = await last_use()
    assert first is not None
    clock.move(MINUTE // 2)
    await used.get(CURRENT)
    assert await last_use() == first
    clock.move(MINUTE // 2)
    await used.get(CURRENT)
    assert (await last_use() or "") > first


async def test_a_note_of_use_outlives_an_outage(service: Service) -> None:
    await (await service.caller()).get(CURRENT)
    note = service.container.record_key_use()
    await service.container.store().close()
    with pytest.raises(Exception, match="not open"):
        await note.flush()
    await service.container.store().open()
    await note.flush()
    assert (await (await service.caller()).get(KEYS)).json()["items"][0]["last_used_at"] is not None


@shared
async def test_the_first_key_is_no_secret_to_its_list(shared_api: httpx.AsyncClient) -> None:
    assert ADMIN_KEY not in (await shared_api.get(KEYS)).text
