"""The query workload."""

from itertools import pairwise

import pytest

from bench.history import AGENTS, DAYS, USERS, History
from shadower.domain.events.event import Event
from shadower.domain.events.moments import DAY

END = 1_769_851_800_000_000


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return [event for batch in History(60_000, END).batches() for event in batch.events]


def test_events_come_in_the_order_in_which_they_happened(events: list[Event]) -> None:
    assert all(before.occurred_at <= after.occurred_at for before, after in pairwise(events))


def test_they_fill_ninety_days(events: list[Event]) -> None:
    first, last = events[0].occurred_at, events[-1].occurred_at
    assert END - DAYS * DAY <= first < END - (DAYS - 1) * DAY
    assert END - DAY < last < END
    assert len({event.occurred_at // DAY for event in events}) == DAYS + 1


def test_there_are_as_many_as_asked_with_ids_of_their_own(events: list[Event]) -> None:
    assert len(events) == len({event.id for event in events}) == 60_000


def test_agents_and_users_are_those_of_the_workload(events: list[Event]) -> None:
    assert len({event.agent_id for event in events}) == AGENTS == 50
    assert USERS == 10_000
    assert 4_000 < len({event.user_id for event in events}) <= USERS


def test_a_session_belongs_to_one_user_and_one_agent(events: list[Event]) -> None:
    owners = {(event.session_id, event.user_id, event.agent_id) for event in events}
    assert len(owners) == len({event.session_id for event in events}) > 5_000


def test_only_failures_have_an_error_and_only_runs_a_status(events: list[Event]) -> None:
    assert {event.type for event in events if event.status} == {"agent.executed", "agent.failed"}
    assert {event.status for event in events if event.error_type} == {"failure"}
    assert {event.status for event in events if event.type == "agent.failed"} == {"failure"}


def test_the_same_history_can_be_told_again(events: list[Event]) -> None:
    assert next(iter(History(60_000, END).batches())).events == events[:5_000]


def test_each_batch_is_received_after_its_events_and_before_those_of_the_next(events: list[Event]) -> None:
    batches = list(History(20_000, END).batches())
    for before, after in pairwise(batches):
        assert before.events[-1].occurred_at < before.received_at <= after.events[0].occurred_at + 1_000
