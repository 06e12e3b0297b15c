"""What becomes of each event (the record's rules, by way of the wire)."""

import asyncio
import json
import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shadower.domain.events.moments import DAY, rfc3339
from shadower.testing import HandClock
from tests.http.conftest import Service

INGEST = "/api/v1/events"


def event(**said: object) -> dict[str, Any]:
    return {"type": "a.b"} | said


async def send(api: httpx.AsyncClient, *events: object) -> dict[str, Any]:
    answer = await api.post(INGEST, content=json.dumps(events), headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def raw(api: httpx.AsyncClient, body: bytes) -> dict[str, Any]:
    answer = await api.post(INGEST, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def only_event(api: httpx.AsyncClient) -> dict[str, Any]:
    (found,) = (await api.get(INGEST)).json()["items"]
    told: dict[str, Any] = found
    return told


async def test_every_field_comes_back_as_it_was_sent(api: httpx.AsyncClient) -> None:
    sent = event(
        id=str(uuid4()),
        source="crm",
        occurred_at="2026-01-31T10:30:00.123456789+01:00",
        user_id="u",
        agent_id="a",
        session_id="s",
        correlation_id="c",
        parent_id="p",
        status="success",
        error_type="none",
        duration_ms="1250.5",
        credits="0.1",
        cost="0.000000001",
        tokens_in=7,
        tokens_out=0,
        model="m",
        data={"list": [1, 2.5, None, True], "text": "é 😀"},
    )
    await send(api, sent)
    got = await only_event(api)
    same = sent.keys() - {"occurred_at"}
    assert {name: got[name] for name in same} == {name: sent[name] for name in same}
    assert got["occurred_at"] == "2026-01-31T09:30:00.123456Z"
    assert got["client_id"] is None
    assert got["position"] == 1


async def test_what_an_event_does_not_have_is_null(api: httpx.AsyncClient, clock: HandClock) -> None:
    await send(api, event(user_id="", data=None))
    got = await only_event(api)
    UUID(got.pop("id"))
    now = rfc3339(clock.now())
    told = {"type": "a.b", "source": "api", "occurred_at": now, "received_at": now, "position": 1}
    assert got == dict.fromkeys(got) | told


async def test_decimals_are_exact_whether_number_or_text(api: httpx.AsyncClient) -> None:
    await raw(
        api, b'[{"type":"a.b","credits":0.1,"cost":1e-9,"duration_ms":10000000000,"data":{"n":0.10000000000000000001}}]'
    )
    answer = await api.get(INGEST)
    (got,) = answer.json()["items"]
    assert (got["credits"], got["cost"], got["duration_ms"]) == ("0.1", "0.000000001", "10000000000")
    assert b'"data":{"n":0.10000000000000000001}' in answer.content


async def test_amounts_are_rounded_half_even_once_on_entry(api: httpx.AsyncClient) -> None:
    await raw(api, b'[{"type":"a.b","credits":"0.0000005","cost":0.0000000015,"duration_ms":0.0025}]')
    got = await only_event(api)
    assert (got["credits"], got["cost"], got["duration_ms"]) == ("0", "0.000000002", "0.002")


REFUSED = [
    (event(type="A.B"), "type_invalid", "type"),
    (event(type="single"), "type_invalid", "type"),
    (event(type="a." + "b" * 99), "type_invalid", "type"),
    ({}, "missing_field", "type"),
    (event(type=None), "wrong_type", "type"),
    (event(typ="x"), "unknown_field", "typ"),
    (event(source="shadower"), "source_reserved", "source"),
    (event(source="s" * 101), "text_too_long", "source"),
    (event(user_id="u" * 256), "text_too_long", "user_id"),
    (event(id="i" * 201), "text_too_long", "id"),
    (event(user_id=7), "wrong_type", "user_id"),
    (event(user_id="a\0b"), "forbidden_character", "user_id"),
    (event(occurred_at="2026-01-31T09:30:00"), "timestamp_without_offset", "occurred_at"),
    (event(occurred_at="yesterday"), "timestamp_invalid", "occurred_at"),
    (event(occurred_at=1_767_000_000), "wrong_type", "occurred_at"),
    (event(occurred_at="2026-02-30T09:30:00Z"), "timestamp_invalid", "occurred_at"),
    (event(occurred_at="10000-01-01T00:00:00Z"), "timestamp_invalid", "occurred_at"),
    (event(occurred_at="9999-12-31T23:59:59Z"), "timestamp_out_of_range", "occurred_at"),
    (event(occurred_at="1999-12-31T23:59:59Z"), "timestamp_out_of_range", "occurred_at"),
    (event(status="ok"), "status_unknown", "status"),
    (event(type="agent.failed", status="success"), "status_contradicts_type", "status"),
    (event(duration_ms=-1), "out_of_range", "duration_ms"),
    (event(duration_ms="NaN"), "out_of_range", "duration_ms"),
    (event(duration_ms="Infinity"), "out_of_range", "duration_ms"),
    (event(duration_ms="10000000000.001"), "out_of_range", "duration_ms"),
    (event(credits="1000000.000001"), "out_of_range", "credits"),
    (event(cost="much"), "wrong_type", "cost"),
    (event(cost=True), "wrong_type", "cost"),
    (event(tokens_in=-1), "out_of_range", "tokens_in"),
    (event(tokens_in=10**12 + 1), "out_of_range", "tokens_in"),
    (event(tokens_in=10**30), "out_of_range", "tokens_in"),
    (event(tokens_out=1.5), "wrong_type", "tokens_out"),
    (event(tokens_out="1"), "wrong_type", "tokens_out"),
    (event(data=[1]), "wrong_type", "data"),
    (event(data={"x": "y" * 32_768}), "data_too_large", "data"),
    (event(data={"x": "a\0b"}), "forbidden_character", "data"),
    (event(type="agent.executed", data={"task": 7}), "data_invalid", "data.task"),
    (7, "wrong_type", None),
    (None, "wrong_type", None),
    ([], "wrong_type", None),
]


async def test_each_rule_of_the_record_rejects_what_breaks_it_and_nothing_else(api: httpx.AsyncClient) -> None:
    fine = [event(id=f"fine-{number}") for number in range(len(REFUSED))]
    mixed = [each for refused, good in zip(REFUSED, fine, strict=True) for each in (refused[0], good)]
    told = await send(api, *mixed)
    assert (told["stored"], told["rejected"]) == (len(fine), len(REFUSED))
    assert [(each["code"], each["field"]) for each in told["results"]] == [(code, field) for _, code, field in REFUSED]
    assert [each["index"] for each in told["results"]] == list(range(0, 2 * len(REFUSED), 2))
    for each in told["results"]:
        assert each["outcome"] == "rejected"
        assert len(each["message"]) > 10


async def test_a_time_more_than_a_day_ahead_is_out_of_range(api: httpx.AsyncClient, clock: HandClock) -> None:
    told = await send(
        api,
        event(occurred_at=rfc3339(clock.now() + DAY)),
        event(occurred_at=rfc3339(clock.now() + DAY + 1)),
    )
    assert (told["stored"], told["results"][0]["code"]) == (1, "timestamp_out_of_range")


def nested(levels: int) -> str:
    """An object whose data has this many levels."""
    return '{"type":"a.b","data":' + '{"x":' * (levels - 1) + "{}" + "}" * (levels - 1) + "}"


async def test_data_may_have_sixteen_levels_and_no_more(api: httpx.AsyncClient) -> None:
    body = f"[{nested(16)},{nested(17)},{nested(500)}]".encode()
    told = await raw(api, body)
    assert told["stored"] == 1
    assert [(each["index"], each["code"]) for each in told["results"]] == [(1, "data_too_deep"), (2, "data_too_deep")]


async def test_nesting_so_deep_that_events_cannot_be_told_apart_is_400(api: httpx.AsyncClient) -> None:
    answer = await api.post(INGEST, content=f"[{nested(100_000)}]", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "nested_too_deep")
    lines = f'{nested(100_000)}\n{{"type":"a.b"}}'
    answer = await api.post(INGEST, content=lines, headers={"content-type": "application/x-ndjson"})
    assert [each["code"] for each in answer.json()["results"]] == ["data_too_deep"]


@pytest.mark.parametrize("shape", ["[%s]", '{"events":[%s]}'])
async def test_lone_surrogates_reject_their_event_alone(api: httpx.AsyncClient, shape: str) -> None:
    events = (
        r'{"type":"a.b","user_id":"cut \ud83d","id":"half"}, {"type":"a.b","user_id":"whole \ud83d\ude00"},'
        r' {"type":"a.b","user_id":"no escape \\ud800"} ,{"type":"a.b","data":{"\udc00":1}},'
        r'{"type":"a.b","user_id":"end \ud800"}'
    )
    told = await raw(api, (shape % events).encode())
    assert told["stored"] == 2
    assert [(each["index"], each["code"]) for each in told["results"]] == [
        (0, "forbidden_character"),
        (3, "forbidden_character"),
        (4, "forbidden_character"),
    ]
    kept = (await api.get("/api/v1/quarantine")).json()["items"]
    assert r'{"type":"a.b","user_id":"cut \ud83d","id":"half"}' in [entry["sent"] for entry in kept]


async def test_a_lone_surrogate_in_a_line_rejects_that_line(api: httpx.AsyncClient) -> None:
    lines = rb'{"type":"a.b","user_id":"\ud800"}' + b'\n{"type":"a.b"}'
    answer = await api.post(INGEST, content=lines, headers={"content-type": "application/x-ndjson"})
    assert [(each["index"], each["code"]) for each in answer.json()["results"]] == [(0, "forbidden_character")]


async def test_of_duplicate_keys_the_last_counts(api: httpx.AsyncClient) -> None:
    await raw(api, b'[{"type":"a.b","type":"c.d","data":{"x":1,"x":2}}]')
    got = await only_event(api)
    assert (got["type"], got["data"]) == ("c.d", {"x": 2})


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b'"tokens_in":%s', "out_of_range"),
        (b'"credits":%s', "out_of_range"),
        (b'"credits":"%s"', "out_of_range"),
        (b'"data":{"x":%s}', "out_of_range"),
        (b'"data":{"x":0.%s}', "data_too_large"),
        (b'"id":"%s"', "text_too_long"),
        (b'"occurred_at":"%s"', "timestamp_invalid"),
    ],
)
async def test_ten_megabytes_of_digits_reject_one_event(api: httpx.AsyncClient, said: bytes, code: str) -> None:
    told = await raw(api, b'[{"type":"a.b",' + said % (b"1" * 10_000_000) + b'},{"type":"a.b"}]')
    assert (told["stored"], told["results"][0]["code"]) == (1, code)


async def test_a_number_beyond_any_decimal_rejects_one_event(api: httpx.AsyncClient) -> None:
    told = await raw(
        api,
        b'[{"type":"a.b","data":{"x":1e999999999999999999999}},{"type":"a.b","credits":1e999999999999999999999},'
        b'{"type":"a.b","credits":1e999999999},{"type":"a.b","data":{"x":1e400}}]',
    )
    assert told["stored"] == 1
    assert [each["code"] for each in told["results"]] == ["out_of_range", "wrong_type", "out_of_range"]


async def test_a_repeat_is_a_duplicate_whatever_it_looks_like(api: httpx.AsyncClient) -> None:
    await raw(
        api,
        b'[{"id":"r","type":"a.b","occurred_at":"2026-01-31T10:30:00+01:00","credits":1.50,"data":{"a":1,"b":2.0}}]',
    )
    told = await raw(
        api, b'[{"data":{"b":2,"a":1},"credits":"1.5","occurred_at":"2026-01-31T09:30:00.000Z","type":"a.b","id":"r"}]'
    )
    assert (told["stored"], told["duplicates"]) == (0, 1)
    assert told["results"] == [
        {"index": 0, "id": "r", "outcome": "duplicate", "code": None, "field": None, "message": None}
    ]


async def test_the_same_id_with_other_content_is_a_conflict(api: httpx.AsyncClient) -> None:
    await send(api, event(id="r", user_id="ada"))
    told = await send(api, event(id="r", user_id="bob"))
    assert told["conflicts"] == 1
    assert (told["results"][0]["outcome"], told["results"][0]["code"]) == ("conflict", "id_conflict")
    assert (await only_event(api))["user_id"] == "ada"


async def test_identity_holds_whatever_timestamp_the_retry_carries(api: httpx.AsyncClient) -> None:
    await send(api, event(id="r", occurred_at="2026-01-31T09:30:00Z"))
    told = await send(api, event(id="r", occurred_at="2025-01-31T09:30:00Z"))
    assert told["conflicts"] == 1


async def test_what_the_server_fills_in_makes_no_conflict(api: httpx.AsyncClient, clock: HandClock) -> None:
    await send(api, event(id="r"))
    clock.move(60_000_000)
    assert (await send(api, event(id="r")))["duplicates"] == 1


async def test_repeats_inside_one_request_are_decided_in_order(api: httpx.AsyncClient) -> None:
    told = await send(api, event(id="r"), event(id="r"), event(id="r", user_id="u"), event(id="r"))
    assert (told["stored"], told["duplicates"], told["conflicts"]) == (1, 2, 1)
    assert [(each["index"], each["outcome"]) for each in told["results"]] == [
        (1, "duplicate"),
        (2, "conflict"),
        (3, "duplicate"),
    ]


async def test_ids_are_uuids_in_any_case_or_any_text(api: httpx.AsyncClient) -> None:
    uuid = "3F0E1B5E-7A51-4A09-8D9E-1F9F0A6F0A11"
    await send(api, event(id=uuid), event(id="order 4711", source="shop"), event())
    by_id = {
        each["client_id"]: each["id"] for each in (await api.get(INGEST, params={"order": "oldest"})).json()["items"]
    }
    assert uuid.lower() in {each["id"] for each in (await api.get(INGEST)).json()["items"]}
    assert UUID(by_id["order 4711"]).version == 5
    assert (await send(api, event(id=uuid.lower())))["duplicates"] == 1


async def test_the_same_own_id_of_two_sources_is_two_events(api: httpx.AsyncClient) -> None:
    assert (await send(api, event(id="1", source="a"), event(id="1", source="b")))["stored"] == 2


async def test_a_retry_without_an_id_cannot_be_recognised(api: httpx.AsyncClient) -> None:
    await send(api, event())
    assert (await send(api, event()))["stored"] == 1


async def test_the_time_of_a_uuid_v7_stands_in_for_a_missing_one(api: httpx.AsyncClient) -> None:
    await send(api, event(id="018d5d5e-1a40-7000-8000-000000000001"))
    assert (await only_event(api))["occurred_at"] == "2024-01-31T02:34:24.704Z"


async def test_a_failed_run_implies_its_status(api: httpx.AsyncClient) -> None:
    await send(api, event(type="agent.failed"))
    assert (await only_event(api))["status"] == "failure"


async def test_unknown_types_are_taken_as_they_are(api: httpx.AsyncClient) -> None:
    assert (await send(api, event(type="workbook.cell_2.re-calculated")))["stored"] == 1


async def test_rejected_events_tell_their_id_where_it_can_be_read(api: httpx.AsyncClient) -> None:
    told = await send(api, event(id="mine", tokens_in="many"), event(id="mine too", status="odd"))
    assert [each["id"] for each in told["results"]] == ["mine", "mine too"]


async def test_what_was_refused_is_in_the_quarantine_before_the_answer(api: httpx.AsyncClient) -> None:
    body = b'[ {"id":"r", "type":"a.b"},{"type": 7 } ,{"id":"r","type":"c.d"} ]'
    await raw(api, body)
    kept = (await api.get("/api/v1/quarantine")).json()["items"]
    assert {(entry["code"], entry["sent"]) for entry in kept} == {
        ("wrong_type", '{"type": 7 }'),
        ("id_conflict", '{"id":"r","type":"c.d"}'),
    }


async def test_many_clients_at_once_all_hear_what_became_of_their_own(api: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*[send(api, event(id=f"e{n}"), event(id="shared", user_id="u")) for n in range(50)])
    assert sum(answer["stored"] for answer in answers) == 51
    assert sum(answer["duplicates"] for answer in answers) == 49


async def test_a_question_after_the_answer_includes_the_events(service: Service, api: httpx.AsyncClient) -> None:
    for number in range(1, 6):
        await send(api, event(id=f"e{number}"))
        counted = (await api.get("/api/v1/events/statistics")).json()
        assert counted["events"] == number


async def test_messages_never_carry_more_than_a_part_of_what_was_sent(api: httpx.AsyncClient) -> None:
    long = "x" * 50_000
    told = await send(api, {long: 1, "type": "a.b"}, event(type=long), event(status=long))
    assert all(len(each["message"]) < 1_000 and len(each["field"]) <= 100 for each in told["results"])
    assert not re.search("x{200}", json.dumps(told))
