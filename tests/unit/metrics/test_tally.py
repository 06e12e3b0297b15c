from dataclasses import dataclass, fields

import pytest
from pyroaring import BitMap

from shadower.domain.events.event import Event
from shadower.domain.metrics.histogram import bin_of
from shadower.domain.metrics.tally import Countable, Needs, Tally, merged


@dataclass(frozen=True)
class Happening:
    type: str = "agent.executed"
    source: str = "api"
    status: str | None = "success"
    duration_us: int | None = None
    credits: int | None = None
    cost: int | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    user_id: str | None = None
    agent_id: str | None = None
    session_id: str | None = None


def tally_of(*events: Countable, needs: Needs = Needs.ALL) -> Tally:
    tally = Tally()
    for event in events:
        tally.count(event, needs)
    return tally


def test_a_tally_counts_the_event_of_the_log_as_it_is() -> None:
    values = dict.fromkeys(Event._fields)
    event = Event(**{**values, "type": "agent.failed", "source": "api", "user_id": "u1"})  # type: ignore[arg-type]
    tally = tally_of(event)
    assert (tally.executions, tally.failures, tally.users) == (1, 1, {"u1"})


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("success", (1, 0, 0)), ("failure", (0, 1, 0)), ("cancelled", (0, 0, 1)), (None, (0, 0, 0))],
)
def test_an_execution_is_counted_by_its_status_and_one_without_is_in_none(
    status: str | None, outcome: tuple[int, int, int]
) -> None:
    tally = tally_of(Happening(status=status))
    assert tally.executions == 1
    assert (tally.successes, tally.failures, tally.cancelled) == outcome


def test_agent_failed_is_a_failure_also_without_a_status() -> None:
    assert tally_of(Happening(type="agent.failed", status=None)).failures == 1


def test_what_is_no_execution_has_no_outcome_and_no_duration() -> None:
    tally = tally_of(Happening(type="report.generated", status="failure", duration_us=5))
    assert tally == Tally(events=1)


def test_credits_cost_and_tokens_are_summed_over_all_events_and_over_executions_apart() -> None:
    run = Happening(credits=2, cost=3, tokens_in=5, tokens_out=7)
    other = Happening(type="credit.consumed", credits=10, cost=20, tokens_in=30, tokens_out=40)
    tally = tally_of(run, other)
    assert (tally.credits, tally.cost, tally.tokens_in, tally.tokens_out) == (12, 23, 35, 47)
    assert (tally.execution_credits, tally.execution_cost) == (2, 3)


def test_durations_are_of_the_executions_that_carry_one_and_zero_is_a_duration() -> None:
    tally = tally_of(Happening(duration_us=0), Happening(duration_us=900), Happening())
    assert (tally.duration_count, tally.duration_sum, tally.duration_min, tally.duration_max) == (2, 900, 0, 900)
    assert tally.histogram == {0: 1, bin_of(900): 1}


def test_ids_of_what_shadower_does_itself_are_not_active() -> None:
    tally = tally_of(Happening(source="shadower", user_id="u", agent_id="a", session_id="s"))
    assert (tally.events, tally.users, tally.agents, tally.sessions) == (1, None, None, None)


def test_a_missing_id_is_not_an_id() -> None:
    tally = tally_of(Happening(), Happening(user_id="u"), Happening(user_id="u", session_id="s"))
    assert (tally.users, tally.agents, tally.sessions) == ({"u"}, None, {"s"})


def test_parts_that_are_not_needed_stay_empty() -> None:
    event = Happening(duration_us=7, user_id="u", agent_id="a", session_id="s")
    tally = tally_of(event, needs=Needs.AGENTS)
    assert (tally.histogram, tally.users, tally.agents, tally.sessions) == ({}, None, {"a"}, None)
    assert tally.duration_sum == 7


def test_merging_shares_neither_sets_nor_histogram_with_the_other() -> None:
    part = tally_of(Happening(duration_us=7, user_id="u1"))
    total = merged([part])
    total.add(tally_of(Happening(duration_us=7, user_id="u2")))
    assert (total.users, total.histogram) == ({"u1", "u2"}, {7: 2})
    assert (part.users, part.histogram) == ({"u1"}, {7: 1})


def test_bitmaps_of_dense_numbers_merge_as_sets_do() -> None:
    part = Tally(users=BitMap([1, 2]))
    total = merged([part, Tally(), Tally(users=BitMap([2, 3]))])
    assert (total.users, part.users) == (BitMap([1, 2, 3]), BitMap([1, 2]))


def test_merging_nothing_is_the_empty_tally() -> None:
    assert merged([]) == Tally()
    assert merged([Tally(), Tally()]) == Tally()


def test_merging_takes_in_every_part_of_a_tally() -> None:
    full = tally_of(
        *(
            Happening(status=status, duration_us=9, credits=1, cost=1, tokens_in=1, tokens_out=1, user_id="u")
            for status in ("success", "failure", "cancelled")
        ),
        Happening(agent_id="a", session_id="s"),
    )
    empty = Tally()
    assert not [part.name for part in fields(Tally) if getattr(full, part.name) == getattr(empty, part.name)]
    assert merged([full]) == full
