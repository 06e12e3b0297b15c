"""Every text an event may carry comes back as it was, is found again, and is told from its look-alikes."""

import pytest

from shadower.adapters.codec.payload import canonical_json
from shadower.application.ports.snapshot import Criteria, Order
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.events.filters import one_of
from shadower.testing import an_event
from tests.stores import OpenStore, told

WORKSPACE = WorkspaceId(1)
TEXTS = {
    "emoji": "👩‍👩‍👧‍👦 😀",
    "right to left": "שלום עולם",
    "combining": "e\u0301 n\u0303",
    "control": "\x01\x02\x1f\x7f\x85",
    "copy format": "tab\there, new\nline, \\N, \\., quote\", 'apostrophe, comma;",
    "placeholders": "%s %(x)s {} :name ? $1 %",
    "separators": "\u2028\u2029\u00a0\ufeff",
    "not characters": "\ufffe\uffff\U0010ffff",
    "replacement": "\ufffd",
    "spaces around": "  ada  ",
    "only spaces": "   ",
    "longest": "😀" * 255,
    "null word": "NULL",
    "number": "0042",
    "boolean": "true",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_a_text_comes_back_as_it_was_and_is_found(store: OpenStore, text: str) -> None:
    fields = ("user_id", "agent_id", "session_id", "correlation_id", "model")
    said = dict.fromkeys((*fields, "parent_id", "error_type"), text)
    event = an_event(**said, source=text[:100], client_id=text[:200], data=canonical_json({text: [text]}))
    await store.append(an_event(), event)
    (_, recorded) = await store.log.read(Position(0), 10)
    assert told(recorded) == told(event)
    async with store.snapshot(WORKSPACE) as snapshot:
        assert (await snapshot.event(text[:200])).position == 2
        assert (await snapshot.session(text)).events == 1
        for field in fields:
            assert [
                one.position for one in await snapshot.events(Criteria({field: one_of(text)}), Order.NEWEST, 9)
            ] == [2]
        assert [one.id for one in await snapshot.sessions(Criteria({"user_id": one_of(text)}), Order.NEWEST, 9)] == [
            text
        ]


async def test_the_largest_payload_comes_back_as_it_was(store: OpenStore) -> None:
    event = an_event(data=canonical_json({"text": "é" * 16_000, "n": [1, 2.5, None, True]}))
    await store.append(event)
    assert told(*await store.log.read(Position(0), 1)) == told(event)


async def test_a_payload_that_looks_like_zero_in_json_comes_back_as_text(store: OpenStore) -> None:
    r"""`\u0000` in canonical text can only be a backslash followed by letters: it must not be unescaped anywhere."""
    event = an_event(data=canonical_json({"path": "C:\\u0000", "quote": '\\"'}))
    await store.append(event)
    assert told(*await store.log.read(Position(0), 1)) == told(event)
