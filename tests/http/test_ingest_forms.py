"""Every form in which events may be sent, and what is no such form. None of these events has an id of its own."""

import gzip
import json
import zlib
from collections.abc import Callable

import httpx
import pytest
import zstandard

from tests.http.conftest import Service, shared

Compress = Callable[[bytes], bytes]

EVENT = {"type": "agent.executed", "agent_id": "triage"}
INGEST = "/api/v1/events"


def raw_deflate(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(body) + stream.flush()


async def send(api: httpx.AsyncClient, body: bytes, **headers: str) -> httpx.Response:
    sent = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.post(INGEST, content=body, headers=sent)


@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/events/"])
@pytest.mark.parametrize("body", [{"events": [EVENT, EVENT]}, [EVENT, EVENT]])
@shared
async def test_events_come_in_an_envelope_or_as_a_bare_array(
    shared_api: httpx.AsyncClient, path: str, body: object
) -> None:
    answer = await shared_api.post(path, json=body)
    assert answer.status_code == 200
    assert answer.json() == {"stored": 2, "duplicates": 0, "conflicts": 0, "rejected": 0, "results": []}


@shared
async def test_ndjson_is_one_event_a_line_and_blank_lines_are_skipped(shared_api: httpx.AsyncClient) -> None:
    lines = b'\xef\xbb\xbf{"type":"a.b"}\r\n\r\n  \n{"type":"a.b"}\n{"type":"a.b"}'
    answer = await send(shared_api, lines, content_type="application/x-ndjson")
    assert answer.json()["stored"] == 3


async def test_a_bad_line_rejects_one_event_and_not_its_neighbours(api: httpx.AsyncClient) -> None:
    lines = b'{"type":"a.b"}\n{"type":\n{"type":"a.b"}{"type":"a.b"}\n\xff\n[]\n{"type":"a.b"}'
    answer = (await send(api, lines, content_type="application/x-ndjson")).json()
    assert (answer["stored"], answer["rejected"]) == (2, 4)
    assert [(each["index"], each["code"]) for each in answer["results"]] == [
        (1, "malformed_json"),
        (2, "malformed_json"),
        (3, "malformed_json"),
        (4, "wrong_type"),
    ]


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("x-gzip", gzip.compress),
        ("gzip", lambda body: gzip.compress(body[:10]) + gzip.compress(body[10:])),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("zstd", zstandard.compress),
        ("zstd", lambda body: zstandard.compress(body[:10]) + zstandard.compress(body[10:])),
        ("identity", bytes),
        ("", bytes),
    ],
)
@shared
async def test_bodies_may_be_compressed(shared_api: httpx.AsyncClient, encoding: str, compress: Compress) -> None:
    body = json.dumps([EVENT] * 100).encode()
    answer = await send(shared_api, compress(body), content_encoding=encoding)
    assert (answer.status_code, answer.json().get("stored")) == (200, 100)


async def test_no_content_type_counts_as_json(service: Service) -> None:
    client = await service.caller()
    answer = await client.post(INGEST, content=b'[{"type":"a.b"}]')
    assert answer.json()["stored"] == 1


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", 'application/json;charset="UTF-8"'])
@shared
async def test_utf_8_may_be_said_in_the_content_type(shared_api: httpx.AsyncClient, content_type: str) -> None:
    assert (await send(shared_api, b'[{"type":"a.b"}]', content_type=content_type)).json()["stored"] == 1


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"content_type": "text/plain"}, "unsupported_type"),
        ({"content_type": "application/x-www-form-urlencoded"}, "unsupported_type"),
        ({"content_type": "application/json; charset=latin-1"}, "unsupported_type"),
        ({"content_encoding": "br"}, "unsupported_encoding"),
        ({"content_encoding": "gzip, gzip"}, "unsupported_encoding"),
    ],
)
@shared
async def test_what_cannot_be_read_is_415(shared_api: httpx.AsyncClient, headers: dict[str, str], code: str) -> None:
    answer = await send(shared_api, b"[]", **headers)
    assert (answer.status_code, answer.json()["code"]) == (415, code)


@shared
async def test_an_unknown_encoding_is_told_which_are_known(shared_api: httpx.AsyncClient) -> None:
    answer = await send(shared_api, b"[]", content_encoding="br")
    assert "gzip" in answer.headers["accept-encoding"]


@shared
async def test_no_events_at_all_is_fine(shared_api: httpx.AsyncClient) -> None:
    nothing = {"stored": 0, "duplicates": 0, "conflicts": 0, "rejected": 0, "results": []}
    assert (await shared_api.post(INGEST, json=[])).json() == nothing
    assert (await send(shared_api, b"\n\n", content_type="application/x-ndjson")).json() == nothing


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed_json"),
        (b'[{"type":"a.b"', "malformed_json"),
        (b'[{"type":"a.b"},]', "malformed_json"),
        (b'[{"type":"a.b"}]]', "malformed_json"),
        (b'[{"type":"a.b","credits":NaN}]', "malformed_json"),
        (b'[{"type":"a.b","credits":Infinity}]', "malformed_json"),
        (b'[{"type":3},{"type":NaN}]', "malformed_json"),
        (b"[{'type':'a.b'}]", "malformed_json"),
        ('[{"type":"a.b"}]'.encode("utf-16"), "malformed_json"),
        (b'[{"type":"a.b","user_id":"\xff"}]', "malformed_json"),
        (b'[{"type":"a.b","user_id":"\xed\xa0\x80"}]', "malformed_json"),
        (b'[{"type":"a.b","user_id":"a\nb"}]', "malformed_json"),
        (b"3", "body_invalid"),
        (b"null", "body_invalid"),
        (b'{"type":"a.b"}', "body_invalid"),
        (b"{}", "body_invalid"),
        (b'{"events":{}}', "body_invalid"),
        (b'{"events":[],"sent_at":"now"}', "body_invalid"),
    ],
)
@shared
async def test_a_body_that_is_not_what_it_says_is_400_as_a_whole(
    shared_api: httpx.AsyncClient, body: bytes, code: str
) -> None:
    before = (await shared_api.get("/api/v1/events/statistics")).json()
    answer = await send(shared_api, body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert (await shared_api.get("/api/v1/events/statistics")).json() == before


@shared
async def test_a_single_bare_event_is_told_how_to_send_it(shared_api: httpx.AsyncClient) -> None:
    assert "[{…}]" in (await shared_api.post(INGEST, json=EVENT)).json()["detail"]


@shared
async def test_a_byte_order_mark_is_ignored(shared_api: httpx.AsyncClient) -> None:
    assert (await send(shared_api, b'\xef\xbb\xbf[{"type":"a.b"}]')).json()["stored"] == 1


CUT_OR_BROKEN = {
    "gzip, cut": ("gzip", gzip.compress(b"[]")[:-3]),
    "gzip, none at all": ("gzip", b"[]"),
    "gzip, and more": ("gzip", gzip.compress(b"[]") + b"more"),
    "gzip, in thousands of parts": ("gzip", gzip.compress(b"") * 2_000),
    "deflate, cut": ("deflate", zlib.compress(b"[]")[:-3]),
    "deflate, and more": ("deflate", zlib.compress(b"[]") + b"more"),
    "zstd, cut": ("zstd", zstandard.compress(b"[]" * 100)[:-3]),
    "zstd, none at all": ("zstd", b"[]"),
    "zstd, and more": ("zstd", zstandard.compress(b"[]") + b"more"),
}


@pytest.mark.parametrize("which", CUT_OR_BROKEN)
@shared
async def test_a_compressed_body_that_is_cut_or_broken_is_400(shared_api: httpx.AsyncClient, which: str) -> None:
    encoding, body = CUT_OR_BROKEN[which]
    answer = await send(shared_api, body, content_encoding=encoding)
    assert (answer.status_code, answer.json()["code"]) == (400, "encoding_broken")


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", raw_deflate), ("zstd", zstandard.compress)],
)
@shared
async def test_a_bomb_is_413_and_never_unfolds(
    shared_api: httpx.AsyncClient, encoding: str, compress: Compress
) -> None:
    answer = await send(shared_api, compress(bytes(60 * 1024 * 1024)), content_encoding=encoding)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_sixteen_mebibytes_are_taken_and_one_byte_more_is_not(api: httpx.AsyncClient) -> None:
    limit = 16 * 1024 * 1024
    event = b'[{"type":"a.b"}]'
    assert (await send(api, event + b" " * (limit - len(event)))).status_code == 200
    assert (await send(api, event + b" " * (limit + 1 - len(event)))).status_code == 413


@pytest.mark.parametrize("content_type", ["application/json", "application/x-ndjson"])
async def test_five_thousand_events_are_taken_and_one_more_is_not(api: httpx.AsyncClient, content_type: str) -> None:
    def body(events: int) -> bytes:
        if content_type == "application/json":
            return json.dumps([EVENT] * events).encode()
        return b"\n".join([json.dumps(EVENT).encode()] * events)

    assert (await send(api, body(5_000), content_type=content_type)).json()["stored"] == 5_000
    answer = await send(api, body(5_001), content_type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_events")


@pytest.mark.parametrize("element", [b"{}", b"1", b'{"type":"a.b"}'])
@shared
async def test_millions_of_elements_are_refused_without_being_read(
    shared_api: httpx.AsyncClient, element: bytes
) -> None:
    many = 16_000_000 // (len(element) + 1)
    answer = await send(shared_api, b"[" + b",".join([element] * many) + b"]")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_events")
