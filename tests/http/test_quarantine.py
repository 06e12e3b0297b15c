"""Refused events: kept as sent, looked at, tried again, dropped."""

from typing import Any

import httpx

from shadower.domain.events.moments import MINUTE, rfc3339
from shadower.testing import HandClock
from tests.http.conftest import Service

QUARANTINE = "/api/v1/quarantine"
INGEST = "/api/v1/events"
NO_OFFSET = b'{"type":"a.b", "occurred_at":"2026-01-31T09:30:00" }'


async def refuse(api: httpx.AsyncClient, *events: bytes) -> None:
    answer = await api.post(INGEST, content=b"[" + b",".join(events) + b"]")
    assert answer.status_code == 200, answer.text


async def entries(api: httpx.AsyncClient, **asked: str | int) -> list[dict[str, Any]]:
    answer = await api.get(QUARANTINE, params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def replay(api: httpx.AsyncClient, entry: dict[str, Any], body: bytes = b"") -> dict[str, Any]:
    answer = await api.post(f"{QUARANTINE}/{entry['id']}/replay", content=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_an_entry_tells_what_was_sent_and_why_it_was_refused(api: httpx.AsyncClient, clock: HandClock) -> None:
    await refuse(api, NO_OFFSET)
    (entry,) = await entries(api)
    assert isinstance(entry.pop("id"), int)
    assert entry.pop("message").startswith("occurred_at needs a UTC offset")
    now = rfc3339(clock.now())
    assert entry == {
        "code": "timestamp_without_offset",
        "field": "occurred_at",
        "sent": NO_OFFSET.decode(),
        "source": None,
        "count": 1,
        "first_seen_at": now,
        "last_seen_at": now,
        "state": "open",
        "replayed_at": None,
        "replayed_as": None,
        "projection": None,
    }


async def test_repeats_of_the_same_bytes_and_code_collapse(api: httpx.AsyncClient, clock: HandClock) -> None:
    for _ in range(5):
        await refuse(api, NO_OFFSET, b'{"type":"X"}')
        clock.move(MINUTE)
    found = {entry["code"]: entry for entry in await entries(api)}
    assert {code: entry["count"] for code, entry in found.items()} == {"timestamp_without_offset": 5, "type_invalid": 5}
    assert found["type_invalid"]["last_seen_at"] > found["type_invalid"]["first_seen_at"]


async def test_entries_are_filtered_by_code_time_and_state(api: httpx.AsyncClient, clock: HandClock) -> None:
    await refuse(api, NO_OFFSET)
    clock.move(MINUTE)
    later = rfc3339(clock.now())
    await refuse(api, b'{"type":"X"}')
    assert [entry["code"] for entry in await entries(api)] == ["type_invalid", "timestamp_without_offset"]
    assert [entry["code"] for entry in await entries(api, code="type_invalid")] == ["type_invalid"]
    assert [entry["code"] for entry in await entries(api, **{"from": later})] == ["type_invalid"]
    assert [entry["code"] for entry in await entries(api, to=later)] == ["timestamp_without_offset"]
    assert await entries(api, state="replayed") == []
    assert (await api.get(QUARANTINE, params={"state": "closed"})).status_code == 400


async def test_entries_are_paged(api: httpx.AsyncClient) -> None:
    await refuse(api, *[b'{"type":"X%d"}' % number for number in range(5)])
    first = (await api.get(QUARANTINE, params={"limit": 3})).json()
    second = (await api.get(QUARANTINE, params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert [len(first["items"]), len(second["items"]), second["next_cursor"]] == [3, 2, None]
    assert len({entry["id"] for entry in first["items"] + second["items"]}) == 5


async def test_a_corrected_event_may_be_the_body_itself(api: httpx.AsyncClient) -> None:
    await refuse(api, NO_OFFSET)
    (entry,) = await entries(api)
    told = await replay(api, entry, b'{"type":"a.b","occurred_at":"2026-01-31T09:30:00Z"}')
    assert (told["outcome"], told["entry"]["state"]) == ("stored", "replayed")


async def test_a_corrected_event_leaves_the_quarantine_and_the_original_stays_on_record(api: httpx.AsyncClient) -> None:
    await refuse(api, NO_OFFSET)
    (entry,) = await entries(api)
    told = await replay(
        api, entry, b'{"event":{"type":"a.b","occurred_at":"2026-01-31T09:30:00Z","data":{"n":0.10000000000000000001}}}'
    )
    assert (told["outcome"], told["code"]) == ("stored", None)
    stored = await api.get(f"{INGEST}/{told['id']}")
    assert stored.json()["occurred_at"] == "2026-01-31T09:30:00Z"
    assert b"0.10000000000000000001" in stored.content
    assert await entries(api, state="open") == []
    (kept,) = await entries(api, state="replayed")
    assert (kept["sent"], kept["replayed_as"]) == (NO_OFFSET.decode(), told["id"])
    assert kept["replayed_at"] is not None
    assert told["entry"] == kept


async def test_what_is_fine_by_now_can_be_replayed_as_it_was(api: httpx.AsyncClient, clock: HandClock) -> None:
    ahead = rfc3339(clock.now() + 2 * 24 * 60 * MINUTE)
    await refuse(api, b'{"type":"a.b","id":"r","occurred_at":"%s"}' % ahead.encode())
    (entry,) = await entries(api)
    assert (await replay(api, entry))["outcome"] == "rejected"
    clock.move(24 * 60 * MINUTE)
    assert (await replay(api, entry, b"{}"))["outcome"] == "stored"
    assert (await api.get(f"{INGEST}/r")).status_code == 200


async def test_what_is_refused_again_stays_and_nothing_new_enters(api: httpx.AsyncClient) -> None:
    await refuse(api, NO_OFFSET)
    (entry,) = await entries(api)
    for body in (b"", b"{}", b'{"event":null}', b'{"event":{"type":"X"}}', b'{"event":7}', b'{"event":{"typ":1}}'):
        told = await replay(api, entry, body)
        assert told["outcome"] == "rejected"
        assert told["code"]
        assert told["message"]
    assert await entries(api) == [entry]


async def test_a_conflict_can_be_replayed_under_a_new_id(api: httpx.AsyncClient) -> None:
    await refuse(api, b'{"type":"a.b","id":"r"}', b'{"type":"c.d","id":"r"}')
    (entry,) = await entries(api)
    assert entry["code"] == "id_conflict"
    told = await replay(api, entry, b'{"event":{"type":"c.d","id":"r2"}}')
    assert told["outcome"] == "stored"
    assert (await api.get("/api/v1/events/statistics")).json()["events"] == 2


async def test_a_replay_that_conflicts_adds_nothing_to_the_quarantine(api: httpx.AsyncClient) -> None:
    await refuse(api, b'{"type":"a.b","id":"r"}', b'{"type":"c.d","id":"r"}')
    (entry,) = await entries(api)
    for body in (b"", b'{"event":{"type":"e.f","id":"r"}}'):
        assert (await replay(api, entry, body))["outcome"] == "conflict"
    assert await entries(api) == [entry]


async def test_a_replay_of_what_is_stored_already_is_a_duplicate_and_leaves_too(api: httpx.AsyncClient) -> None:
    await refuse(api, NO_OFFSET, b'{"type":"a.b","id":"r"}')
    (entry,) = await entries(api)
    assert (await replay(api, entry, b'{"event":{"type":"a.b","id":"r"}}'))["outcome"] == "duplicate"
    assert await entries(api, state="open") == []


async def test_an_entry_leaves_once(api: httpx.AsyncClient) -> None:
    await refuse(api, NO_OFFSET)
    (entry,) = await entries(api)
    good = b'{"event":{"type":"a.b"}}'
    await replay(api, entry, good)
    again = await api.post(f"{QUARANTINE}/{entry['id']}/replay", content=good)
    assert (again.status_code, again.json()["code"]) == (409, "quarantine_entry_replayed")
    assert (await api.get("/api/v1/events/statistics")).json()["events"] == 1


async def test_a_replay_interrupted_before_its_entry_left_stores_the_event_once(
    service: Service, api: httpx.AsyncClient
) -> None:
    await refuse(api, NO_OFFSET)
    (entry,) = await entries(api)
    use_case = service.container.replay_quarantined()
    leave = use_case._leave

    async def crash(*_: object) -> None:
        raise ConnectionError

    use_case._leave = crash
    good = b'{"event":{"type":"a.b"}}'
    assert (await api.post(f"{QUARANTINE}/{entry['id']}/replay", content=good)).status_code == 500
    use_case._leave = leave
    assert (await replay(api, entry, good))["outcome"] == "duplicate"
    assert (await api.get("/api/v1/events/statistics")).json()["events"] == 1


async def test_replays_that_are_no_replays_are_400(api: httpx.AsyncClient) -> None:
    await refuse(api, NO_OFFSET)
    (entry,) = await entries(api)
    for body, code in ((b"{", "malformed_json"), (b"[]", "body_invalid"), (b'{"evnt":{}}', "body_invalid")):
        answer = await api.post(f"{QUARANTINE}/{entry['id']}/replay", content=body)
        assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_a_dropped_entry_is_gone(api: httpx.AsyncClient) -> None:
    await refuse(api, NO_OFFSET)
    (entry,) = await entries(api)
    answer = await api.delete(f"{QUARANTINE}/{entry['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert await entries(api) == []
    assert (await api.delete(f"{QUARANTINE}/{entry['id']}")).status_code == 404


async def test_bytes_that_are_no_text_are_kept_and_shown_as_well_as_can_be(api: httpx.AsyncClient) -> None:
    lines = b'{"type":"a.b","user_id":"\xff"}\n'
    await api.post(INGEST, content=lines, headers={"content-type": "application/x-ndjson"})
    (entry,) = await entries(api)
    assert entry["sent"] == '{"type":"a.b","user_id":"\ufffd"}'
