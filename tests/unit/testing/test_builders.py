"""The builders and the container that users test with."""

import pytest

from shadower.adapters.codec.payload import canonical_json
from shadower.application.ingest_events import Submission
from shadower.domain.events.admission import Admission
from shadower.domain.events.event import Event, WorkspaceId
from shadower.domain.events.moments import HOUR, parse_moment
from shadower.testing import NOW, HandClock, a_batch, a_sent_event, an_event, memory_container


def test_two_events_differ_in_nothing_but_their_ids() -> None:
    first, second = an_event(), an_event()
    assert first.id != second.id
    assert first._replace(id=second.id) == second


def test_a_changed_event_is_a_contradiction_and_an_unchanged_one_a_repeat() -> None:
    event = an_event()
    assert an_event(id=event.id).fingerprint == event.fingerprint
    assert an_event(id=event.id, user_id="grace").fingerprint != event.fingerprint
    assert an_event(fingerprint=b"mine").fingerprint == b"mine"


def test_a_field_that_no_event_has_is_refused() -> None:
    with pytest.raises(TypeError):
        an_event(colour="red")


def test_what_is_sent_by_hand_is_admitted_as_the_event_that_is_built() -> None:
    admission = Admission(canonical_json, lambda _: "0196b7c8-aaaa-7abc-8def-0123456789ab")
    admitted = admission.admit(a_sent_event(), WorkspaceId(1), NOW)
    built = an_event(id=admitted.id, fingerprint=admitted.fingerprint)
    assert admitted == built
    assert isinstance(built, Event)
    assert parse_moment("2026-01-31T09:30:00Z") == NOW


def test_an_event_as_json_says_only_what_it_has_and_decimals_as_text() -> None:
    said = a_sent_event(credits=None, data={"tool": "excel"}).as_json()
    assert said["cost"] == "0.04"
    assert said["data"] == {"tool": "excel"}
    assert "credits" not in said


def test_a_batch_knows_the_bytes_of_each_of_its_events() -> None:
    batch = a_batch(an_event(), an_event())
    assert batch.sent(0) != batch.sent(1)


async def test_the_container_takes_in_events_and_answers_at_the_time_of_its_clock() -> None:
    async with memory_container() as container:
        default = await container.list_workspaces().with_slug("default")
        sent = Submission([a_sent_event(), a_sent_event(id="run-7")], raw=lambda _: b"")
        receipt = await container.ingest_events()(default.id, None, sent)
        assert receipt.stored == 2
        async with container.snapshot()(default.id) as snapshot:
            assert (await snapshot.event("run-7")).received_at == NOW
            assert snapshot.as_of == NOW
        container.clock().move(HOUR)
        assert container.clock().now() == NOW + HOUR


async def test_two_containers_share_nothing_and_take_settings_and_a_clock() -> None:
    clock = HandClock(NOW + 5)
    async with memory_container() as one, memory_container(clock, quarantine_limit_bytes="100") as other:
        assert one.store() is not other.store()
        assert other.clock() is clock
        assert other.settings().quarantine_limit_bytes == 100
