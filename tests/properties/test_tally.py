"""Any split of the same events into tallies, merged in any order, gives the same answer."""

from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from shadower.domain.metrics.catalogue import METRICS
from shadower.domain.metrics.definition import Metric
from shadower.domain.metrics.tally import Tally, merged


@dataclass(frozen=True)
class Happening:
    type: str
    source: str
    status: str | None
    duration_us: int | None
    credits: int | None
    cost: int | None
    tokens_in: int | None
    tokens_out: int | None
    user_id: str | None
    agent_id: str | None
    session_id: str | None


ids = st.none() | st.sampled_from("abcdef")
happenings = st.builds(
    Happening,
    type=st.sampled_from(["agent.executed", "agent.failed", "user.login", "credit.consumed"]),
    source=st.sampled_from(["api", "shadower"]),
    status=st.sampled_from([None, "success", "failure", "cancelled"]),
    duration_us=st.none() | st.integers(0, 10**13),
    credits=st.none() | st.integers(0, 10**12),
    cost=st.none() | st.integers(0, 10**15),
    tokens_in=st.none() | st.integers(0, 10**12),
    tokens_out=st.none() | st.integers(0, 10**12),
    user_id=ids,
    agent_id=ids,
    session_id=ids,
)
logs = st.lists(happenings, max_size=30)


def tally_of(events: list[Happening]) -> Tally:
    tally = Tally()
    for event in events:
        tally.count(event)
    return tally


@given(st.data(), logs)
def test_any_split_merged_in_any_order_is_the_tally_of_all(data: st.DataObject, events: list[Happening]) -> None:
    parts: list[list[Happening]] = [[] for _ in range(4)]
    for event in events:
        parts[data.draw(st.integers(0, 3))].append(event)
    shuffled = data.draw(st.permutations(parts))
    assert merged(map(tally_of, shuffled)) == tally_of(events)


@given(logs, logs, logs)
def test_merging_is_associative(one: list[Happening], two: list[Happening], three: list[Happening]) -> None:
    a, b, c = tally_of(one), tally_of(two), tally_of(three)
    assert merged([merged([a, b]), c]) == merged([a, merged([b, c])])


@given(logs, logs)
def test_merging_leaves_what_was_merged_alone_for_ever(one: list[Happening], two: list[Happening]) -> None:
    part = tally_of(one)
    before = deepcopy(part)
    total = merged([part])
    total.add(tally_of(two))
    assert part == before


@given(logs)
def test_a_tally_says_what_plain_sums_over_the_events_say(events: list[Happening]) -> None:
    tally = tally_of(events)
    runs = [event for event in events if event.type in {"agent.executed", "agent.failed"}]
    times = [event.duration_us for event in runs if event.duration_us is not None]
    failed = [event for event in runs if event.type == "agent.failed" or event.status == "failure"]
    assert tally.events == len(events)
    assert (tally.executions, tally.failures) == (len(runs), len(failed))
    assert (tally.duration_count, tally.duration_sum) == (len(times), sum(times))
    assert (tally.duration_min, tally.duration_max) == (min(times, default=None), max(times, default=None))
    assert sum(count for _, count in tally.histogram.items()) == len(times)
    assert tally.cost == sum(event.cost or 0 for event in events)
    assert tally.execution_cost == sum(event.cost or 0 for event in runs)
    users = {event.user_id for event in events if event.source != "shadower"} - {None}
    assert (tally.users or set()) == users


@given(logs)
def test_every_metric_is_defined_for_every_tally_and_rates_stay_within_one(events: list[Happening]) -> None:
    tally = tally_of(events)
    for metric in METRICS.values():
        if isinstance(metric, Metric):
            value = metric.compute(tally, Fraction(1, 4))
            assert value is None or value >= 0
            if metric.unit == "ratio":
                assert value is None or value <= 1
