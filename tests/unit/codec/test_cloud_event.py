"""The envelope: what goes in comes out, it is CloudEvents 1.0, and another version is told apart."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadower.adapters.codec.cloud_event import EnvelopeUnknown, envelope_of, head_of, recorded_in
from shadower.domain.events.event import Event, Position, RecordedEvent, Status, WorkspaceId
from shadower.testing import a_recorded_event

TEXT = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)
MOMENTS = st.integers(946_684_800_000_000, 4_102_444_800_000_000)


def whole(limit: int) -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(0, limit)


EVENTS = st.builds(
    Event,
    id=st.uuids().map(str),
    client_id=TEXT,
    type=st.sampled_from(["agent.executed", "a-1.b_2"]),
    source=TEXT.filter(bool),
    occurred_at=MOMENTS,
    user_id=TEXT,
    agent_id=TEXT,
    session_id=TEXT,
    correlation_id=TEXT,
    parent_id=TEXT,
    status=st.none() | st.sampled_from([str(status) for status in Status]),
    error_type=TEXT,
    duration_us=whole(10**13),
    credits=whole(10**12),
    cost=whole(10**15),
    tokens_in=whole(10**12),
    tokens_out=whole(10**12),
    model=TEXT,
    data=st.none() | st.just('{"a":0.1000000000000000000000000000001,"b":[1e+30,null]}') | st.just("{}"),
    fingerprint=st.just(b""),
)
RECORDED = st.builds(
    RecordedEvent,
    st.integers(1, 2**53).map(Position),
    st.integers(1, 2**53).map(WorkspaceId),
    MOMENTS,
    EVENTS,
)


@given(RECORDED)
def test_an_event_comes_out_of_its_envelope_as_it_went_in(recorded: RecordedEvent) -> None:
    envelope = envelope_of(recorded)
    assert recorded_in(envelope) == recorded
    head = head_of(envelope)
    assert (head.position, head.workspace) == (recorded.position, recorded.workspace)
    assert (head.id, head.type) == (recorded.event.id, recorded.event.type)


@given(RECORDED)
def test_an_envelope_is_a_cloud_event(recorded: RecordedEvent) -> None:
    """The rules of the specification for what we use of it."""
    told: dict[str, Any] = json.loads(envelope_of(recorded))
    assert told["specversion"] == "1.0"
    assert all(re.fullmatch("[a-z0-9]+", name) for name in told)
    assert all(isinstance(value, str) and value for name, value in told.items() if name != "data")
    assert re.fullmatch(r"[A-Za-z0-9/_.~%-]+", told["source"])
    for moment in ("time", "recordedtime"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", told[moment])
    assert not any(isinstance(value, float) for name, value in told["data"].items() if name != "data")


def test_positions_sort_as_text() -> None:
    sequences = [head_of(envelope_of(a_recorded_event(position))).sequence for position in (9, 10, 2**60)]
    assert sequences == sorted(sequences)


@pytest.mark.parametrize(
    "envelope",
    [
        b"",
        b"[]",
        b'{"specversion":"1.0"}',
        envelope_of(a_recorded_event()).replace(b"urn:shadower:event:1", b"urn:shadower:event:2"),
        envelope_of(a_recorded_event()).replace(b'"time":"2026', b'"time":"soon'),
    ],
)
def test_what_is_no_envelope_of_this_version_is_said_to_be_none(envelope: bytes) -> None:
    with pytest.raises(EnvelopeUnknown):
        recorded_in(envelope)


@pytest.mark.parametrize("envelope", [b"", b"no event at all", b'{"id":"1"}'])
def test_what_has_no_head_is_said_to_have_none(envelope: bytes) -> None:
    with pytest.raises(EnvelopeUnknown):
        head_of(envelope)
